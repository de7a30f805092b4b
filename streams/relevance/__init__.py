"""How much a record matters to an officer here and now: the policy, the score, and the sentences that say why."""
