import Files
package import Foundation

/// Every count of an annotation: what came in, what was lost where and why, what it cost, what was written.
package struct AnnotationReport: Codable, Sendable {
    /// The file's name in the output folder.
    package static let fileName = "report.json"

    package struct Chains: Codable, Sendable {
        /// Lines that are chains of thought.
        package let read: Int
        /// Lines that are none, the first hundred with their reasons.
        package let unusableLines: Int
        package let unusable: [ChainFile.Line]
        /// ``ChainSelection/Loss`` to counts.
        package let lost: [String: Int]
        /// Chains whose final answer is right.
        package let right: Int
        /// Chains whose file states a grade, and how many of these the answer check grades otherwise.
        package let graded: Int
        package let gradedOtherwise: Int
    }

    package struct Extraction: Codable, Sendable {
        package let extractor: String
        /// Chains with a readable answer, and those among them without facts.
        package let extracted: Int
        package let withoutFacts: Int
        /// Why others have none, by reason; "pending" is to be asked by another run.
        package let lost: [String: Int]
        /// Tokens of all answers used, whichever run asked.
        package let promptTokens: Int
        package let completionTokens: Int
        /// What this run did.
        package let run: ExtractionRun.Outcome
    }

    package struct Facts: Codable, Sendable {
        package let stated: Int
        /// ``FactRefusal`` to counts.
        package let refused: [String: Int]
        package let duplicatesWithinChain: Int
        package let duplicatesAcrossChains: Int
        package let belowSupport: Int
        package let aboveLimit: Int
        /// Facts of all problems before review.
        package let kept: Int
    }

    package struct Problems: Codable, Sendable {
        package let read: Int
        /// ``AnnotationSet/Loss`` to counts.
        package let lost: [String: Int]
        package let annotated: Int
        /// Problems that were not read because a picture of theirs can't be used; nil in files that don't say.
        package let leftOut: Int?
    }

    package let problems: Problems
    package let chains: Chains
    package let extraction: Extraction
    package let facts: Facts
    package var review: ReviewOutcome

    /// The report of a set.
    package init(
        chains file: ChainFile, selection: ChainSelection, set: AnnotationSet, extractor: String, run: ExtractionRun.Outcome,
        leftOut: Int = 0, review: ReviewOutcome
    ) {
        problems = Problems(
            read: set.items.count, lost: Self.names(set.problemLosses), annotated: set.items.count { !$0.kept.isEmpty },
            leftOut: leftOut)
        chains = Chains(
            read: file.chains.count, unusableLines: file.unusable.count, unusable: Array(file.unusable.prefix(100)),
            lost: Self.names(selection.losses), right: selection.kept.reduce(0) { $0 + $1.count }, graded: selection.graded,
            gradedOtherwise: selection.gradedOtherwise)
        extraction = Extraction(
            extractor: extractor, extracted: set.extractedChains, withoutFacts: set.chainsWithoutFacts, lost: set.chainLosses,
            promptTokens: set.promptTokens, completionTokens: set.completionTokens, run: run)
        facts = Facts(
            stated: set.statements, refused: Self.names(set.refusals), duplicatesWithinChain: set.duplicatesWithinChain,
            duplicatesAcrossChains: set.duplicatesAcrossChains, belowSupport: set.belowSupport, aboveLimit: set.aboveLimit,
            kept: set.items.reduce(0) { $0 + $1.kept.count })
        self.review = review
    }

    private static func names<Reason: RawRepresentable<String>>(_ counts: [Reason: Int]) -> [String: Int] {
        Dictionary(counts.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: +)
    }

    /// The file's text: indented, keys sorted and in snake_case.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(self) + Data("\n".utf8)
    }

    /// Reads a file back.
    ///
    /// - Throws: ``AnnotationError`` naming the file.
    package init(path: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            self = try decoder.decode(AnnotationReport.self, from: InputFile.read(path))
        } catch {
            throw AnnotationError(.malformed, "\(path) is no report of percept annotate: run it again on this folder")
        }
    }

    /// A table for a terminal: each stage with what left there and why.
    package var table: String {
        var rows: [(String, Int)] = [("chains of thought", chains.read)]
        rows += losses(chains.lost) { ChainSelection.Loss(rawValue: $0)?.meaning }
        if chains.unusableLines > 0 { rows.append(("  lines that are no chain", chains.unusableLines)) }
        rows.append(("with the right answer", chains.right))
        rows += losses(extraction.lost) { $0 == "pending" ? "not asked yet, or failed: run again" : "answer not readable or failed: \($0)" }
        rows.append(("read by the extractor", extraction.extracted))
        if extraction.withoutFacts > 0 { rows.append(("  of these without a fact", extraction.withoutFacts)) }
        rows.append(("facts stated", facts.stated))
        rows += losses(facts.refused) { FactRefusal(rawValue: $0).map { "refused: \($0.meaning)" } }
        for (name, count) in [
            ("repeated in its chain", facts.duplicatesWithinChain), ("merged with another chain's", facts.duplicatesAcrossChains),
            ("below the support asked for", facts.belowSupport), ("above the limit a problem", facts.aboveLimit),
        ] where count > 0 { rows.append(("  \(name)", count)) }
        rows.append(("facts kept", facts.kept))
        for (name, count) in [("accepted in review", review.accepted), ("rejected in review", review.rejected)] where count > 0 {
            rows.append(("  \(name)", count))
        }
        rows.append(("problems", problems.read))
        if let leftOut = problems.leftOut, leftOut > 0 { rows.append(("  left out before for a picture", leftOut)) }
        rows += losses(problems.lost) { AnnotationSet.Loss(rawValue: $0)?.meaning }
        if review.emptiedProblems > 0 { rows.append(("  all facts rejected in review", review.emptiedProblems)) }
        rows += [("problems written", review.problems), ("facts written", review.facts)]
        let width = rows.map(\.0.count).max() ?? 0
        var lines = rows.map { name, count in name + String(repeating: " ", count: width - name.count + 2) + String(count) }
        lines.append(
            "tokens: \(extraction.promptTokens) in prompts, \(extraction.completionTokens) in answers; this run asked \(extraction.run.requests) "
                + "requests with \(extraction.run.promptTokens) and \(extraction.run.completionTokens)")
        if chains.graded > 0 {
            lines.append("\(chains.graded) chains come with a grade; the answer check disagrees with \(chains.gradedOtherwise)")
        }
        return lines.joined(separator: "\n")
    }

    private func losses(_ counts: [String: Int], _ meaning: (String) -> String?) -> [(String, Int)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ("  " + (meaning($0.key) ?? $0.key), $0.value) }
    }
}
