extension DigitsTask {
    /// Texts to train a tokenizer on: the questions and reference responses of the first problems, at their natural frequencies, and then
    /// every question and annotation once, so that no word is absent.
    ///
    /// - Parameter problems: How many problems lend their texts; never more than the task has.
    package func corpus(problems: Int) -> [String] {
        var texts: [String] = []
        for index in 0..<min(problems, count) {
            texts += [question(at: index).text, referenceResponse(at: index)]
        }
        let places = grid.places
        var questions: [DigitsQuestion] = [.gridSum, .largest, .smallest, .largerRow]
        questions += places.flatMap { [.digit($0), .parity($0)] }
        questions += grid.rows.flatMap { [.rowSum($0), .rowSumParity($0)] }
        questions += grid.columns.map { .columnSum($0) }
        questions += places.flatMap { a in places.filter { $0 != a }.map { .difference(a, $0) } }
        texts += questions.map(\.text)
        texts += places.flatMap { place in (0...9).map { place.annotation(digit: $0) } }
        texts += ["even", "odd", "equal", "top", "bottom"].map { ResponseFormat.response(thought: "", answer: $0) }
        return texts
    }
}
