"""How good briefings are: problem places on weeks that were held back, briefings against what then happened"""
