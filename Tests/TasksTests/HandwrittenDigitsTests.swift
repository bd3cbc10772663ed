import Tasks
import Testing

@Suite("Handwritten digits")
struct HandwrittenDigitsTests {
    @Test("the embedded file has 1,797 digits with the class sizes that scikit-learn documents")
    func embeddedFileIsWhole() throws {
        let digits = try HandwrittenDigits.embedded()
        #expect(digits.images.count == 1797)
        let sizes = (0...9).map { label in digits.labels.count { $0 == label } }
        #expect(sizes == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        #expect(digits.images.allSatisfy { $0.count == 64 && $0.allSatisfy { $0 <= 16 } })
    }

    @Test("the four splits share no digit, leave none unused at full size, and are balanced")
    func splitsAreDisjoint() throws {
        let digits = try HandwrittenDigits.embedded()
        let splits = try TaskSplit.allCases.map { try digits.indices(of: $0, warmStartPerClass: 10) }
        #expect(splits.map(\.count) == [100, 947, 300, 450])
        #expect(splits.flatMap { $0 }.sorted() == Array(0..<1797))
        for split in splits {
            let sizes = (0...9).map { label in split.count { digits.labels[$0] == label } }
            #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 10)
        }
    }

    @Test("a smaller warm start is part of the larger one and moves no other split")
    func warmStartSizeChangesNothingElse() throws {
        let digits = try HandwrittenDigits.embedded()
        let small = try digits.indices(of: .warmStart, warmStartPerClass: 8)
        #expect(small.count == 80)
        #expect(Set(small).isSubset(of: try digits.indices(of: .warmStart, warmStartPerClass: 10)))
        for split in [TaskSplit.training, .validation, .test] {
            #expect(try digits.indices(of: split, warmStartPerClass: 8) == digits.indices(of: split, warmStartPerClass: 10))
        }
        #expect(throws: DatasetError.self) { try digits.indices(of: .test, warmStartPerClass: 11) }
    }

    @Test(
        "a damaged line is refused with its number",
        arguments: ["1,2,3", "a" + String(repeating: ",0", count: 64), "17" + String(repeating: ",0", count: 64)])
    func damagedLineIsNamed(line: String) {
        let good = String(repeating: "0,", count: 64) + "5\n"
        do {
            _ = try HandwrittenDigits(csv: Array((good + line).utf8))
            Issue.record("a damaged line was accepted")
        } catch {
            #expect("\(error)".contains("line 2"))
        }
    }
}
