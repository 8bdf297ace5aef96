"""Routes and functions about members and tokens."""
