extension ShapesTask {
    /// Texts to train a tokenizer on: the questions and reference responses of the first problems, at their natural frequencies, and then
    /// every word of questions, annotations, reasoning and answers at least once, so that none is absent.
    ///
    /// - Parameter problems: How many problems lend their texts; never more than the task has.
    package func corpus(problems: Int) -> [String] {
        var texts: [String] = []
        for index in 0..<min(problems, count) {
            texts += [question(at: index).text, referenceResponse(at: index)]
        }
        // Every place with some shape, and every kind, colour and size among them.
        let shapes = GridPlace.all.enumerated().map { number, place in
            Shape(
                place: place, kind: ShapeKind.allCases[number % ShapeKind.allCases.count],
                color: ShapeColor.allCases[number % ShapeColor.allCases.count], size: ShapeSize.allCases[number % ShapeSize.allCases.count])
        }
        let counts: [ShapesQuestion] = ShapeColor.allCases.map { .colorCount($0) } + ShapeKind.allCases.map { .kindCount($0) }
        var questions = counts
        questions += shapes.flatMap { [.color($0), .kind($0.place), .largerCount($0)] }
        questions += zip(shapes, shapes.dropFirst() + shapes.prefix(1)).map { .larger($0, $1) }
        for question in questions {
            texts.append(question.text)
            let (answer, reasoning) = question.solve(shapes)
            texts.append(ResponseFormat.response(thought: reasoning.joined(separator: " "), answer: answer))
        }
        // An empty picture makes the sentences that find nothing.
        texts += counts.flatMap { $0.solve([]).reasoning }
        texts += ShapesAnnotation.all(shapes).dropLast().map(\.text) + ShapesAnnotation.counts.map { ShapesAnnotation.count($0).text }
        texts += (0...ShapesAnnotation.counts.upperBound).map { ResponseFormat.response(thought: "Count: \($0).", answer: "\($0)") }
        return texts
    }
}
