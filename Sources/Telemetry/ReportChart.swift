import Foundation
import JSON

/// A chart of numbers over steps: scalable lines without text in an SVG, labels as HTML, so that both stay sharp at any width.
struct ReportChart {
    /// One curve; a step without a value leaves it out.
    struct Series {
        let name: String
        /// Ascending steps.
        let points: [(step: Int, value: Double)]
        /// Drawn as a shade between this curve and `points`, if there.
        var lower: [(step: Int, value: Double)]? = nil
    }

    enum Form {
        case lines
        /// Bars stacked in the order of the series.
        case stacked
    }

    let title: String
    var unit = ""
    var note = ""
    var form = Form.lines
    /// Whether the axis must hold 0.
    var startsAtZero = false
    let series: [Series]

    /// The colour of a series; a shade takes that of the curve before it.
    private func color(of index: Int) -> Int { (series[index].lower == nil ? index : max(0, index - 1)) % 8 }

    private var steps: [Int] { Array(Set(series.flatMap { $0.points.map(\.step) })).sorted() }

    /// The figure; empty without any value.
    func html() -> String {
        let steps = steps
        guard let firstStep = steps.first, let lastStep = steps.last else { return "" }
        let xRange =
            form == .stacked ? Double(firstStep) - 0.5...Double(lastStep) + 0.5 : Double(firstStep)...Double(max(lastStep, firstStep + 1))
        let yTicks = Self.ticks(from: valueRange.lowerBound, to: valueRange.upperBound, about: 4)
        let yRange = min(valueRange.lowerBound, yTicks.values.first ?? 0)...max(valueRange.upperBound, yTicks.values.last ?? 1)
        let scale = Scale(x: xRange, y: yRange)

        var out = "<figure class=\"card chart\"><figcaption><h3>\(ReportText.escape(title))</h3>"
        if form == .lines, series.count == 1, let last = series[0].points.last {
            out += "<span class=\"now\">\(ReportText.number(last.value))<small>\(ReportText.escape(unit))</small></span>"
        }
        out += "</figcaption>"
        if series.count > 1 {
            let entries = series.enumerated().map {
                "<li class=\"c\(color(of: $0))\($1.lower == nil ? "" : " shade")\">\(ReportText.escape($1.name))</li>"
            }
            out += "<ul class=\"legend\">\(entries.joined())</ul>"
        }
        if !note.isEmpty { out += "<p class=\"note\">\(ReportText.escape(note))</p>" }
        out += "<div class=\"frame\"><div class=\"yaxis\">"
        for tick in yTicks.values {
            out +=
                "<span style=\"top:\(ReportText.coordinate(scale.y(tick) / 10))%\">\(ReportText.tick(tick, spacing: yTicks.spacing))</span>"
        }
        out += "</div><div class=\"plot\" role=\"img\" aria-label=\"\(ReportText.escape(summary))\">"
        out += "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        for tick in yTicks.values {
            let y = ReportText.coordinate(scale.y(tick))
            out += "<line class=\"\(tick == 0 ? "zero" : "rule")\" x1=\"0\" x2=\"1000\" y1=\"\(y)\" y2=\"\(y)\"/>"
        }
        out += form == .stacked ? bars(scale, steps) : curves(scale)
        out += "</svg></div><div class=\"xaxis\">"
        let xTicks = Self.ticks(from: Double(firstStep), to: Double(lastStep), about: 5).values.filter {
            $0 == $0.rounded() && $0 >= Double(firstStep) && $0 <= Double(lastStep)
        }
        for tick in xTicks.isEmpty ? [Double(firstStep)] : xTicks {
            out += "<span style=\"left:\(ReportText.coordinate(scale.x(tick) / 10))%\">\(Int(tick))</span>"
        }
        out += "</div></div>"
        out += "<script type=\"application/json\">\(ReportText.scriptSafe(data(scale, steps)))</script></figure>\n"
        return out
    }

    /// What a screen reader says.
    private var summary: String {
        let parts = series.compactMap { series -> String? in
            guard let first = series.points.first, let last = series.points.last else { return nil }
            return
                "\(series.name) from \(ReportText.number(first.value)) at step \(first.step) to \(ReportText.number(last.value)) at step \(last.step)"
        }
        return "\(title): " + parts.joined(separator: "; ")
    }

    // MARK: - Scales

    private struct Scale {
        let xRange: ClosedRange<Double>
        let yRange: ClosedRange<Double>

        init(x: ClosedRange<Double>, y: ClosedRange<Double>) {
            xRange = x
            yRange = y
        }

        func x(_ value: Double) -> Double { 1000 * (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound) }
        func y(_ value: Double) -> Double { 1000 - 1000 * (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound) }
    }

    private var valueRange: ClosedRange<Double> {
        var values = series.flatMap { $0.points.map(\.value) + ($0.lower ?? []).map(\.value) }
        if form == .stacked {
            var totals: [Int: Double] = [:]
            for series in series { for point in series.points { totals[point.step, default: 0] += max(0, point.value) } }
            values = Array(totals.values)
        }
        if form == .stacked || startsAtZero { values.append(0) }
        guard let least = values.min(), let greatest = values.max() else { return 0...1 }
        // Beyond any sensible metric, arithmetic on an axis would overflow or underflow.
        func bounded(_ value: Double) -> Double { min(max(value, -1e100), 1e100) }
        let (low, high) = (bounded(least), bounded(greatest))
        // A flat curve gets room, so that it stands in the middle of its axis.
        if high - low < 1e-100 { return abs(low) < 1e-90 ? 0...1 : min(low * 0.9, low * 1.1)...max(low * 0.9, low * 1.1) }
        return low...high
    }

    /// Round values (1, 2 or 5 times a power of ten) that enclose a range.
    private static func ticks(from low: Double, to high: Double, about count: Int) -> (values: [Double], spacing: Double) {
        guard high > low else { return ([low], 1) }
        let rough = (high - low) / Double(count)
        let power = pow(10, floor(log10(rough)))
        let spacing = power * ([1.0, 2, 5].first { $0 * power >= rough * 0.999 } ?? 10)
        let first = Int(floor(low / spacing + 1e-9))
        let last = Int(ceil(high / spacing - 1e-9))
        return ((first...max(first, last)).map { Double($0) * spacing }, spacing)
    }

    // MARK: - Marks

    private func curves(_ scale: Scale) -> String {
        var out = ""
        for (i, series) in series.enumerated() {
            func path(_ points: [(step: Int, value: Double)]) -> String {
                points.map { "\(ReportText.coordinate(scale.x(Double($0.step)))),\(ReportText.coordinate(scale.y($0.value)))" }.joined(
                    separator: " ")
            }
            let color = "c\(color(of: i))"
            if let lower = series.lower {
                out += "<polygon class=\"band \(color)\" points=\"\(path(series.points)) \(path(lower.reversed()))\"/>"
                continue
            }
            let smooth = Self.runningMean(series.points)
            if let smooth {
                out +=
                    "<polyline class=\"raw \(color)\" points=\"\(path(series.points))\"/><polyline class=\"\(color)\" points=\"\(path(smooth))\"/>"
            } else {
                out += "<polyline class=\"\(color)\" points=\"\(path(series.points))\"/>"
            }
            // A line without length still shows with round caps: the marks of a rare measure such as validation.
            if series.points.count <= 24 {
                for point in series.points {
                    let (x, y) = (ReportText.coordinate(scale.x(Double(point.step))), ReportText.coordinate(scale.y(point.value)))
                    out += "<line class=\"mark \(color)\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(y)\" y2=\"\(y)\"/>"
                }
            }
        }
        return out
    }

    private func bars(_ scale: Scale, _ steps: [Int]) -> String {
        var base: [Int: Double] = [:]
        var out = ""
        // Neighbouring bars join to an area where there are many.
        let width = scale.x(1) - scale.x(0)
        let gap = steps.count > 60 ? 0 : width * 0.14
        for (i, series) in series.enumerated() {
            var path = ""
            for point in series.points where point.value > 0 {
                let bottom = base[point.step, default: 0]
                base[point.step] = bottom + point.value
                let x = scale.x(Double(point.step) - 0.5) + gap / 2
                let (top, height) = (scale.y(bottom + point.value), scale.y(bottom) - scale.y(bottom + point.value))
                path +=
                    "M\(ReportText.coordinate(x)) \(ReportText.coordinate(top))h\(ReportText.coordinate(width - gap))v\(ReportText.coordinate(height))h\(ReportText.coordinate(gap - width))z"
            }
            out += "<path class=\"bar c\(i % 8)\" d=\"\(path)\"/>"
        }
        return out
    }

    /// The mean over the neighbouring twentieth of the run; nil for curves too short to need it.
    static func runningMean(_ points: [(step: Int, value: Double)]) -> [(step: Int, value: Double)]? {
        guard points.count >= 40 else { return nil }
        let reach = points.count / 40
        return points.indices.map { i in
            let window = points[max(0, i - reach)...min(points.count - 1, i + reach)]
            return (points[i].step, window.reduce(0) { $0 + $1.value } / Double(window.count))
        }
    }

    /// What the hover read-out shows: for each step its place in per cent and each series' value and height.
    private func data(_ scale: Scale, _ steps: [Int]) -> JSONValue {
        func list(_ values: [Double?]) -> JSONValue {
            .array(values.map { $0.map { .number(($0 * 1e4).rounded() / 1e4) } ?? .null })
        }
        func entry(_ name: String, _ color: Int, _ points: [(step: Int, value: Double)]) -> JSONValue {
            let values = Dictionary(points.map { ($0.step, $0.value) }) { first, _ in first }
            return .object([
                .init("name", .string(name)), .init("color", .number(Double(color))),
                .init("text", .array(steps.map { values[$0].map { .string(ReportText.number($0)) } ?? .null })),
                .init("y", form == .stacked ? .null : list(steps.map { values[$0].map { scale.y($0) / 10 } })),
            ])
        }
        var entries: [JSONValue] = []
        for (i, series) in series.enumerated() {
            if let lower = series.lower {
                entries.append(entry("max", color(of: i), series.points))
                entries.append(entry("min", color(of: i), lower))
            } else {
                entries.append(entry(series.name, color(of: i), series.points))
            }
        }
        return .object([
            .init("steps", .array(steps.map { .number(Double($0)) })), .init("x", list(steps.map { scale.x(Double($0)) / 10 })),
            .init("series", .array(entries)), .init("unit", .string(unit)),
        ])
    }
}
