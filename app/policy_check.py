"""`beatline policy check`: every mistake of a policy file with its line, and what to think about."""

from __future__ import annotations

import sys

from streams.relevance.policy import load_policy, policy_text
from streams.relevance.policy_check import check, grave


def main(file: str) -> bool:
    """Prints what is found, mistakes on stderr; whether the policy can be used. Raises PolicyError: it cannot be read
    at all."""
    name, text = policy_text(file)
    findings = check(name, text)
    wrong = grave(findings)
    for finding in findings:
        print(finding, file=sys.stderr if finding.grave else sys.stdout)
    if wrong:
        print(f"{name}: cannot be used: {_counted(len(wrong), 'mistake')}", file=sys.stderr)  # noqa: T201
        return False
    warned = f", {_counted(len(findings), 'warning')}" if findings else ""
    print(f"{file}: good ({load_policy(file).version}{warned})")  # noqa: T201
    return True


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
