"""Tokens: what is issued is verified, and what forgers have tried elsewhere is refused here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import multiprocessing
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from app.errors import CannotStart
from app.identity import ALGORITHM, Issuer, Role
from geo.marking import Clearance
from streams.errors import NotAuthenticated

NOW = 1_790_000_000


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer.open(tmp_path_factory.mktemp("install"))


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key_of(issuer: Issuer) -> OKPKey:
    return issuer._key


def parts_of(issuer: Issuer) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = issuer.issue("PC-1", Role.OFFICER, now_s=NOW).split(".")
    return json.loads(unb64(header)), json.loads(unb64(claims))


def signed(issuer: Issuer, header: object, payload: object, key: OKPKey | None = None) -> str:
    """A token with any header and any payload, honestly signed: what a stolen or careless signer could make."""
    first = b64(header if isinstance(header, bytes) else json.dumps(header).encode())
    second = b64(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    algorithm = jws.JWSRegistry.algorithms[ALGORITHM]
    return f"{first}.{second}." + b64(algorithm.sign(f"{first}.{second}".encode(), key or key_of(issuer)))


def test_what_is_issued_is_verified(issuer: Issuer) -> None:
    token = issuer.issue(
        "PC-1",
        Role.OFFICER,
        force="wyp",
        clearance=Clearance.OFFICIAL_SENSITIVE,
        operations=["OAK", "ELM"],
        minutes=5,
        now_s=NOW,
    )
    principal = issuer.verify(token, NOW + 299)
    assert (principal.id, principal.role, principal.force) == ("PC-1", "officer", "wyp")
    assert principal.clearance is Clearance.OFFICIAL_SENSITIVE
    assert principal.operations == ("ELM", "OAK")
    assert principal.expires_at == (NOW + 300) * 1_000_000


def test_the_honest_forgery_of_these_tests_would_pass(issuer: Issuer) -> None:
    header, claims = parts_of(issuer)
    assert issuer.verify(signed(issuer, header, claims), NOW).id == "PC-1"


def _header(**change: object) -> Callable[[Issuer], str]:
    def forge(issuer: Issuer) -> str:
        header, claims = parts_of(issuer)
        return signed(issuer, {k: v for k, v in (header | change).items() if v is not None}, claims)

    return forge


def _claims(**change: object) -> Callable[[Issuer], str]:
    def forge(issuer: Issuer) -> str:
        header, claims = parts_of(issuer)
        return signed(issuer, header, {k: v for k, v in (claims | change).items() if v != "ABSENT"})

    return forge


def _raw(payload: Callable[[dict[str, Any]], bytes]) -> Callable[[Issuer], str]:
    def forge(issuer: Issuer) -> str:
        header, claims = parts_of(issuer)
        return signed(issuer, header, payload(claims))

    return forge


def _unsigned(algorithm: str) -> Callable[[Issuer], str]:
    def forge(issuer: Issuer) -> str:
        header, claims = parts_of(issuer)
        return b64(json.dumps(header | {"alg": algorithm}).encode()) + "." + b64(json.dumps(claims).encode()) + "."

    return forge


def _hmac_with_public_key(issuer: Issuer) -> str:
    header, claims = parts_of(issuer)
    body = b64(json.dumps(header | {"alg": "HS256"}).encode()) + "." + b64(json.dumps(claims).encode())
    public = key_of(issuer).as_pem(private=False)
    return body + "." + b64(hmac.new(public, body.encode(), hashlib.sha256).digest())


def _own_key(**header_with_key: object) -> Callable[[Issuer], str]:
    def forge(issuer: Issuer) -> str:
        header, claims = parts_of(issuer)
        key = OKPKey.generate_key("Ed25519", private=True)
        extra = {k: key.as_dict(private=False) if v == "KEY" else v for k, v in header_with_key.items()}
        return signed(issuer, header | extra, claims, key)

    return forge


def _flipped(issuer: Issuer) -> str:
    header, claims, signature = issuer.issue("PC-1", Role.OFFICER, now_s=NOW).split(".")
    return f"{header}.{b64(unb64(claims).replace(b'officer', b'admin__'))}.{signature}"


def _other_install(issuer: Issuer) -> str:
    return Issuer(OKPKey.generate_key("Ed25519", private=True)).issue("PC-1", Role.ADMIN, now_s=NOW)


def _appended(text: str) -> Callable[[Issuer], str]:
    return lambda issuer: issuer.issue("PC-1", Role.OFFICER, now_s=NOW) + text


def _text(text: str) -> Callable[[Issuer], str]:
    return lambda issuer: text


CORPUS: dict[str, Callable[[Issuer], str]] = {
    "alg none": _unsigned("none"),
    "alg None": _unsigned("None"),
    "alg nOnE": _unsigned("nOnE"),
    "alg EdDSA, the curve left open": _header(alg="EdDSA"),
    "alg a list": _header(alg=["Ed25519"]),
    "alg missing": _header(alg=None),
    "HS256 with the public key": _hmac_with_public_key,
    "embedded jwk": _own_key(jwk="KEY"),
    "embedded jwk without kid": _own_key(jwk="KEY", kid=""),
    "jku to the attacker": _own_key(jku="https://evil.example/jwks.json"),
    "x5u to the attacker": _own_key(x5u="https://evil.example/cert.pem"),
    "signed with another key": _own_key(),
    "another install": _other_install,
    "unknown crit": _header(crit=["beyond"], beyond=1),
    "crit b64": _header(crit=["b64"], b64=True),
    "crit empty": _header(crit=[]),
    "kid with a path": _header(kid="../../../../dev/null"),
    "kid with SQL": _header(kid="x' UNION SELECT 'key"),
    "kid with NUL": _header(kid="a\0b"),
    "kid missing": _header(kid=None),
    "an ID token": _header(typ="JWT"),
    "typ missing": _header(typ=None),
    "typ in another case": _header(typ="AT+JWT"),
    "header not an object": lambda issuer: signed(issuer, [1], parts_of(issuer)[1]),
    "other audience": _claims(aud="other"),
    "audience a list": _claims(aud=["beatline", "other"]),
    "audience missing": _claims(aud="ABSENT"),
    "other issuer": _claims(iss="beatline:other"),
    "exp as float": _claims(exp=NOW + 100.5),
    "exp as text": _claims(exp=str(NOW + 100)),
    "exp as boolean": _claims(exp=True),
    "exp huge": _claims(exp=10**30),
    "exp infinite": _raw(lambda c: json.dumps(c | {"exp": 1}).replace('"exp": 1', '"exp": Infinity').encode()),
    "exp negative": _claims(exp=-1),
    "exp missing": _claims(exp="ABSENT"),
    "expired just now": _claims(exp=NOW),
    "valid in 61 s": _claims(nbf=NOW + 61),
    "issued in 61 s": _claims(iat=NOW + 61),
    "iat missing": _claims(iat="ABSENT"),
    "duplicated claim": _raw(lambda c: json.dumps(c)[:-1].encode() + b', "role": "admin"}'),
    "unknown role": _claims(role="root"),
    "roles as a list": _claims(role=["officer"]),
    "clearance unknown": _claims(clearance="cosmic"),
    "sub empty": _claims(sub=""),
    "sub with NUL": _claims(sub="a\0"),
    "sub a number": _claims(sub=17),
    "operations a text": _claims(operations="OAK"),
    "operations missing": _claims(operations="ABSENT"),
    "payload a list": _raw(lambda c: b"[]"),
    "payload no JSON": _raw(lambda c: b"\xff\xfe"),
    "payload nested deep": _raw(lambda c: b"[" * 3_000),
    "claims changed": _flipped,
    "a fourth part": _appended(".AAAA"),
    "five parts, a JWE": _text("e30.e30.e30.e30.e30"),
    "two parts": _text("e30.e30"),
    "empty": _text(""),
    "blank": _text(" "),
    "one megabyte": _text("A" * 1_000_000),
    "not ASCII": _text("\u0435yJ.e30.e30"),
    "trailing newline": _appended("\n"),
}


@pytest.mark.parametrize("name", CORPUS)
def test_refused(issuer: Issuer, name: str) -> None:
    forged = CORPUS[name](issuer)
    with pytest.raises(NotAuthenticated) as refusal:
        issuer.verify(forged, NOW)
    assert not forged.strip() or forged not in str(refusal.value)


@pytest.mark.parametrize("forge", [_claims(exp=NOW + 1), _claims(nbf=NOW + 60), _claims(iat=NOW + 60)])
def test_a_minute_of_skew_is_forgiven_at_the_beginning(issuer: Issuer, forge: Callable[[Issuer], str]) -> None:
    assert issuer.verify(forge(issuer), NOW).id == "PC-1"


def test_the_key_is_the_owners_alone_and_stays(tmp_path: Path) -> None:
    token = Issuer.open(tmp_path).issue("PC-1", Role.OFFICER)
    assert Issuer.open(tmp_path).verify(token).id == "PC-1"
    files = list((tmp_path / "issuer").iterdir())
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600]


def _issue_in_process(data: str, out: multiprocessing.queues.Queue[str]) -> None:
    out.put(Issuer.open(Path(data)).issue("PC-1", Role.OFFICER))


def test_commands_that_start_together_share_one_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    processes = [context.Process(target=_issue_in_process, args=(str(tmp_path), out)) for _ in range(4)]
    for process in processes:
        process.start()
    tokens = [out.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    issuer = Issuer.open(tmp_path)
    assert [issuer.verify(token).id for token in tokens] == ["PC-1"] * 4
    assert len(list((tmp_path / "issuer").iterdir())) == 1


def test_a_key_that_everybody_reads_is_refused(tmp_path: Path) -> None:
    Issuer.open(tmp_path)
    next((tmp_path / "issuer").iterdir()).chmod(0o644)
    with pytest.raises(CannotStart, match="chmod 600"):
        Issuer.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"kty":"oct","k":"AAAA"}'])
def test_a_broken_key_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "issuer").mkdir()
    (tmp_path / "issuer" / "ed25519.json").write_bytes(content)
    (tmp_path / "issuer" / "ed25519.json").chmod(0o600)
    with pytest.raises(CannotStart, match="no key of ours"):
        Issuer.open(tmp_path)


@pytest.mark.parametrize("id", ["", "a b", "a\nb", "x" * 129])
def test_ids_that_cannot_be_one_are_not_issued(issuer: Issuer, id: str) -> None:
    with pytest.raises(ValueError, match="id"):
        issuer.issue(id, Role.OFFICER)
