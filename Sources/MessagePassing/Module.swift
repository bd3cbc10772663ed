// Module MessagePassing.
