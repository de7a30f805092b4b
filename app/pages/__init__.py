"""Briefings as people read them: JSON, HTML for handset, desk and paper, plain text for the radio, receipts"""
