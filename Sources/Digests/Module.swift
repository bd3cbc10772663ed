// Module Digests.
