// Module MPITransport.
