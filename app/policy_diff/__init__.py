"""`beatline policy diff`: what another policy would have done, to a past shift or to last night as it was kept."""
