extension AnswerGrade {
    /// Whether an answer names the choices that the gold answer names; nil if no choice decides.
    ///
    /// Either may name its choices by letter or by value. A letter counts before the value that it may also be.
    mutating func areSameChoice() -> Bool? {
        question.choices.isEmpty ? areSameLetters() : areSamePlaces()
    }

    // MARK: - The question lists choices

    private mutating func areSamePlaces() -> Bool? {
        let choices = question.choices
        guard let right = rightPlaces() else { return nil }
        if let chosen = chosenPlaces(severalAreAsked: right.count > 1) { return chosen == right }
        guard let place = right.first, right.count == 1 else { return nil }
        let text = AnswerText(answer).comparable
        let same = choices.indices.filter { AnswerText(choices[$0]).comparable == text }
        if !same.isEmpty { return same.contains(place) }
        let equal = choices.indices.filter { areEqual(answer, choices[$0]) }
        if equal.isEmpty { return AnswerChoice(gold) == nil ? areEqual(answer, gold) : false }
        // What equals two choices that differ ("5" for "5 cm" and "5 m") names neither.
        return equal.contains(place) && equal.allSatisfy { $0 == place || areEqual(choices[$0], choices[place]) }
    }

    /// The gold answer's choices; nil if it names none of those listed.
    private mutating func rightPlaces() -> Set<Int>? {
        let choices = question.choices
        if let choice = AnswerChoice(gold), choice.places.allSatisfy(choices.indices.contains) { return choice.places }
        let text = AnswerText(gold).comparable
        if let place = choices.firstIndex(where: { AnswerText($0).comparable == text }) { return [place] }
        if let several = places(ofRun: gold) { return several }
        return choices.firstIndex { areEqual(gold, $0) }.map { [$0] }
    }

    /// The choices that the answer names by their letters; nil if it names none by letter.
    private mutating func chosenPlaces(severalAreAsked: Bool) -> Set<Int>? {
        let choices = question.choices
        if severalAreAsked, let several = places(ofRun: answer) { return several }
        guard let choice = AnswerChoice(answer), let place = choice.letters.first.flatMap(AnswerChoice.place), place < choices.count else {
            return nil
        }
        // "E. G", where G is what the choice E says.
        if choice.letters.count == 2, choice.isMarked, AnswerText(choices[place]).plain == choice.letters.last.map(String.init) {
            return [place]
        }
        guard choice.places.allSatisfy(choices.indices.contains) else { return nil }
        // "b" may be what a choice says.
        if !choice.isMarked, choice.letters.allSatisfy(\.isLowercase),
            choices.contains(where: { AnswerText($0).plain == AnswerText(answer).plain })
        {
            return nil
        }
        guard choice.places.count == 1, !choice.explanation.isEmpty, !areEqual(choice.explanation, choices[place]) else {
            return choice.places
        }
        // A letter with another choice's text names both.
        let others = choices.indices.filter { $0 != place && areEqual(choice.explanation, choices[$0]) }
        return choice.places.union(choice.mentioned).union(others)
    }

    /// `ACD` where several choices are right.
    private func places(ofRun text: String) -> Set<Int>? {
        let letters = AnswerText(text).plain
        guard letters.count > 1, letters.allSatisfy({ $0.isUppercase }) else { return nil }
        let places = letters.compactMap(AnswerChoice.place)
        guard places.count == letters.count, Set(places).count == places.count, places.allSatisfy(question.choices.indices.contains) else {
            return nil
        }
        return Set(places)
    }

    // MARK: - The question lists none

    private mutating func areSameLetters() -> Bool? {
        switch (AnswerChoice(answer), AnswerChoice(gold)) {
        case (let chosen?, let right?):
            guard right.isMarked || chosen.letters.allSatisfy(right.letters.contains), chosen.places.union(chosen.mentioned) == right.places
            else {
                return false
            }
            return chosen.explanation.isEmpty || right.explanation.isEmpty || areEqual(chosen.explanation, right.explanation)
        case (let chosen?, nil): return chosen.explanation.isEmpty ? nil : areEqual(chosen.explanation, gold) || areEqual(answer, gold)
        case (nil, let right?): return right.explanation.isEmpty ? nil : areEqual(answer, right.explanation)
        case (nil, nil): return nil
        }
    }
}
