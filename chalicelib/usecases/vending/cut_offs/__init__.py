"""Cut-offs: end live sessions of clients' roles from within the clients' accounts."""
