package import JSON

/// How a list of numbers becomes one.
package enum Statistic: String, Hashable, Sendable, CaseIterable {
    case mean, max, min, sum

    /// The statistic of `values` in their order; nil without values.
    package func callAsFunction(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        return switch self {
        case .mean: values.reduce(0, +) / Double(values.count)
        case .max: values.reduce(values[0], Self.larger)
        case .min: values.reduce(values[0]) { -Self.larger(-$0, -$1) }
        case .sum: values.reduce(0, +)
        }
    }

    /// The larger of two, not a number if one isn't: a comparison alone would hide it.
    private static func larger(_ a: Double, _ b: Double) -> Double {
        a.isNaN || b.isNaN ? .nan : Swift.max(a, b)
    }
}

/// The metrics of one step, in the order in which they were first set: a line of `metrics.jsonl`.
///
/// The line is one flat object: `{"step":3,"reward/overall":1.25,…,"digest/batch":"9f…"}`. A number that is not finite is written as
/// null and counted in `telemetry/non_finite`, which stands in the line only if it is above 0.
package struct MetricRecord: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case number(Double)
        /// A digest or another word.
        case text(String)
        /// A number that was not finite.
        case nonFinite
    }

    /// The optimizer step, counted from 1.
    package let step: Int
    package private(set) var names: [MetricName] = []
    private var values: [MetricName: Value] = [:]

    package init(step: Int) { self.step = step }

    package subscript(name: MetricName) -> Value? { values[name] }

    /// The number of that name; nil if there is none or it is text or not finite.
    package func number(_ name: MetricName) -> Double? {
        if case .number(let value) = values[name] { value } else { nil }
    }

    /// The text of that name; nil if there is none or it is a number.
    package func text(_ name: MetricName) -> String? {
        if case .text(let value) = values[name] { value } else { nil }
    }

    /// How many numbers were not finite.
    package var nonFiniteCount: Int { names.count { values[$0] == .nonFinite } }

    /// Sets a number; nil leaves the metric out.
    package mutating func set(_ name: MetricName, _ value: Double?) {
        guard let value else { return }
        set(name, value.isFinite ? .number(value) : .nonFinite)
    }

    /// Sets a count.
    package mutating func set(_ name: MetricName, _ value: Int) { set(name, .number(Double(value))) }

    /// Sets seconds.
    package mutating func set(_ name: MetricName, _ value: Duration) { set(name, value / .seconds(1)) }

    /// Sets a digest or another word.
    package mutating func set(_ name: MetricName, _ value: String) { set(name, .text(value)) }

    /// Sets `name/statistic` for each statistic; nothing without values.
    package mutating func set(_ name: MetricName, _ statistics: [Statistic] = [.mean, .max, .min], of values: [Double]) {
        for statistic in statistics { set(name.appending(statistic.rawValue), statistic(values)) }
    }

    /// Sets `name` itself to one statistic; nothing without values.
    package mutating func set(_ name: MetricName, _ statistic: Statistic, of values: [Double]) { set(name, statistic(values)) }

    /// Takes over all metrics of another record, which win over those already set.
    package mutating func merge(_ other: MetricRecord) {
        for name in other.names { if let value = other.values[name] { set(name, value) } }
    }

    private mutating func set(_ name: MetricName, _ value: Value) {
        if values.updateValue(value, forKey: name) == nil { names.append(name) }
    }

    // MARK: - JSON

    private static let nonFiniteKey = "telemetry/non_finite"

    package var json: JSONValue {
        var members = [JSONValue.Member("step", .number(Double(step)))]
        for name in names {
            let value: JSONValue =
                switch values[name] {
                case .number(let number): .number(number)
                case .text(let text): .string(text)
                case .nonFinite, .none: .null
                }
            members.append(.init(name.rawValue, value))
        }
        if nonFiniteCount > 0 { members.append(.init(Self.nonFiniteKey, .number(Double(nonFiniteCount)))) }
        return .object(members)
    }

    /// Reads a record back.
    ///
    /// - Throws: ``TelemetryError/record(reason:)`` if `json` is no flat object with a step and well-formed names.
    package init(_ json: JSONValue) throws(TelemetryError) {
        guard case .object(let members) = json, let step = json["step"]?.number.flatMap({ Int(exactly: $0) }) else {
            throw .record(reason: "a metrics line is an object with a whole \"step\"")
        }
        self.init(step: step)
        for member in members where member.key != "step" && member.key != Self.nonFiniteKey {
            guard let name = MetricName(parsing: member.key) else { throw .record(reason: "\"\(member.key)\" is no metric name") }
            switch member.value {
            case .number(let value): set(name, .number(value))
            case .string(let text): set(name, .text(text))
            case .null: set(name, .nonFinite)
            default: throw .record(reason: "\"\(member.key)\" is neither a number nor a word")
            }
        }
    }
}
