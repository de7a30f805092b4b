"""The control room: what is going on, shown as it happens, to dispatchers who may know."""
