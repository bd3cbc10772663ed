/// A question about a grid of digits. Each needs some of the digits, and the annotations state all of them.
package enum DigitsQuestion: Hashable, Sendable {
    case digit(GridPlace)
    case rowSum(GridRow)
    case columnSum(GridColumn)
    case gridSum
    case largest
    case smallest
    /// Whether the top or the bottom row has the larger sum.
    case largerRow
    /// The absolute difference of two places.
    case difference(GridPlace, GridPlace)
    case parity(GridPlace)
    case rowSumParity(GridRow)

    /// The forms that a question can have.
    package enum Family: String, CaseIterable, Codable, Sendable {
        case digit
        case rowSum = "row_sum"
        case columnSum = "column_sum"
        case gridSum = "grid_sum"
        case largest
        case smallest
        case largerRow = "larger_row"
        case difference
        case parity
        case rowSumParity = "row_sum_parity"

        /// What a task asks unless told otherwise: all but the sum of the whole grid, whose chain of sums is much longer than the rest.
        package static let standard = allCases.filter { $0 != .gridSum }
    }

    /// A question of `family` on `grid`, its places drawn from `random`.
    package static func draw(_ family: Family, grid: DigitGrid, from random: inout KeyedRandom) -> DigitsQuestion {
        switch family {
        case .digit: return .digit(random.pick(grid.places))
        case .rowSum: return .rowSum(random.pick(grid.rows))
        case .columnSum: return .columnSum(random.pick(grid.columns))
        case .gridSum: return .gridSum
        case .largest: return .largest
        case .smallest: return .smallest
        case .largerRow: return .largerRow
        case .difference:
            let order = random.permutation(of: grid.places.count)
            return .difference(grid.places[order[0]], grid.places[order[1]])
        case .parity: return .parity(random.pick(grid.places))
        case .rowSumParity: return .rowSumParity(random.pick(grid.rows))
        }
    }

    /// The prompt's text.
    package var text: String {
        switch self {
        case .digit(let place): "What is the \(place.name) digit?"
        case .rowSum(let row): "What is the sum of the \(row.rawValue) row?"
        case .columnSum(let column): "What is the sum of the \(column.rawValue) column?"
        case .gridSum: "What is the sum of all digits?"
        case .largest: "What is the largest digit?"
        case .smallest: "What is the smallest digit?"
        case .largerRow: "Which row has the larger sum, top or bottom?"
        case .difference(let a, let b): "What is the difference of the \(a.name) digit and the \(b.name) digit?"
        case .parity(let place): "Is the \(place.name) digit even or odd?"
        case .rowSumParity(let row): "Is the sum of the \(row.rawValue) row even or odd?"
        }
    }

    /// The gold answer and the sentences that lead to it from the digits; no sentence names a place together with a digit.
    ///
    /// - Parameter digits: The digit at each place of the grid.
    package func solve(_ digits: [GridPlace: Int], grid: DigitGrid) -> (answer: String, reasoning: [String]) {
        func row(_ row: GridRow) -> [Int] { grid.columns.compactMap { digits[GridPlace(row: row, column: $0)] } }
        func column(_ column: GridColumn) -> [Int] { grid.rows.compactMap { digits[GridPlace(row: $0, column: column)] } }
        let all = grid.rows.flatMap(row)
        switch self {
        case .digit(let place):
            return ("\(digits[place] ?? 0)", [])
        case .rowSum(let name):
            let (sum, steps) = Self.sum(row(name))
            return ("\(sum)", steps)
        case .columnSum(let name):
            let (sum, steps) = Self.sum(column(name))
            return ("\(sum)", steps)
        case .gridSum:
            let (sum, steps) = Self.sum(all)
            return ("\(sum)", steps)
        case .largest:
            let value = all.max() ?? 0
            return ("\(value)", ["The largest is \(value)."])
        case .smallest:
            let value = all.min() ?? 0
            return ("\(value)", ["The smallest is \(value)."])
        case .largerRow:
            let (top, topSteps) = Self.sum(row(.top))
            let (bottom, bottomSteps) = Self.sum(row(.bottom))
            let answer = top == bottom ? "equal" : top > bottom ? "top" : "bottom"
            return (answer, topSteps + bottomSteps)
        case .difference(let a, let b):
            let (larger, smaller) = (max(digits[a] ?? 0, digits[b] ?? 0), min(digits[a] ?? 0, digits[b] ?? 0))
            return ("\(larger - smaller)", ["\(larger) - \(smaller) = \(larger - smaller)."])
        case .parity(let place):
            let value = digits[place] ?? 0
            return (Self.parity(value), ["\(value) is \(Self.parity(value))."])
        case .rowSumParity(let name):
            let (sum, steps) = Self.sum(row(name))
            return (Self.parity(sum), steps + ["\(sum) is \(Self.parity(sum))."])
        }
    }

    /// The sum of two or more numbers, one addition a sentence.
    private static func sum(_ numbers: [Int]) -> (sum: Int, steps: [String]) {
        var total = numbers.first ?? 0
        var steps: [String] = []
        for number in numbers.dropFirst() {
            steps.append("\(total) + \(number) = \(total + number).")
            total += number
        }
        return (total, steps)
    }

    private static func parity(_ number: Int) -> String { number.isMultiple(of: 2) ? "even" : "odd" }
}
