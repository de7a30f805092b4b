"""Where every unit of the force was last, whichever process its device is connected to: shared, and expendable."""
