/// How much a reader takes beyond RFC 8259's letter. Nesting is bounded either way.
package enum JSONRules: Sendable {
    /// A member that occurs twice and half of a surrogate pair are errors: for files that Percept writes, and for headers from strangers.
    case strict
    /// The last of equal members counts and half of a surrogate pair reads as U+FFFD, as in Python: for files of other libraries.
    case lenient
}
