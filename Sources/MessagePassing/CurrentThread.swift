import Glibc

/// Identity of the calling thread.
func currentThreadID() -> UInt { UInt(pthread_self()) }
