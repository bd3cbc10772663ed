/// Something that a run learns badly by, or not at all, while it goes on: one name each, in logs, records, `percept status`, `run.end.json` and
/// the report alike.
package struct RunWarning: Hashable, Codable, Sendable {
    /// All that there are.
    package enum Name: String, CaseIterable, Hashable, Codable, Sendable {
        /// The judge's audit finds it wrong too often.
        case judgeAudit = "judge_audit"
        /// A judge's endpoint is asked no more.
        case judgeLeft = "judge_left"
        /// The reply to the question that a judge's endpoint is asked at the start can't be read.
        case judgeReply = "judge_reply"
        /// No response has the rewarded form.
        case noForm = "no_form"
        /// Nothing asks the policy for the rewarded form.
        case promptForm = "prompt_form"
        /// Every response is cut off.
        case allCut = "all_cut"
        /// A step has dropped every group.
        case groupsDropped = "groups_dropped"
        /// Steps have no group whose rewards differ.
        case noVariance = "no_variance"
        /// Data can't be used in part.
        case dataLines = "data_lines"

        /// What to do, for people.
        package var remedy: String {
            switch self {
            case .judgeAudit:
                "look at its mistakes (`percept judge-audit`), and take another judge; judge.audit.stop_above ends a run by itself"
            case .judgeLeft: "see that the server, its key and its model are there, and resume the run"
            case .judgeReply:
                "see in the log what it says, and whether its model follows instructions; verdicts on responses may stay unknown"
            case .noForm: "does the prompt ask for it (data.system_prompt, data.prompt_template)? `percept sft` can teach it"
            case .promptForm:
                "ask for <think>, <answer> and \\boxed{} in data.system_prompt or data.prompt_template, or set reward.weights.format to 0"
            case .allCut: "raise rollout.max_response_tokens, or ask for shorter responses"
            case .groupsDropped: "the log says why: a judge that does not answer, or data that can't be read"
            case .noVariance: "raise rollout.group_size or rollout.temperature, or take problems that the policy solves sometimes"
            case .dataLines: "mend or remove them; `percept config validate` names all"
            }
        }
    }

    package let name: Name
    /// The step at which it began; 0 before the first.
    package let since: Int
    /// What is wrong, with figures.
    package let text: String

    package init(name: Name, since: Int, text: String) {
        self.name = name
        self.since = since
        self.text = text
    }

    /// One line for people.
    package var line: String { "\(name.rawValue) since step \(since): \(text); \(name.remedy)" }

    /// A metric of each step's record: the step at which the warning began, while it lasts.
    package static func metric(_ name: Name) -> MetricName { MetricName.warning.appending(name.rawValue) }
}

/// The warnings that last.
package struct RunWarnings: Hashable, Sendable {
    /// What is to be said.
    package enum Change: Hashable, Sendable {
        /// It begins, or has become graver.
        case said(RunWarning)
        case ended(RunWarning)
    }

    private var lasting: [RunWarning.Name: (warning: RunWarning, gravity: Int)] = [:]

    package init() {}

    package static func == (a: Self, b: Self) -> Bool { a.all == b.all }
    package func hash(into hasher: inout Hasher) { hasher.combine(all) }

    /// Those that last, by name.
    package var all: [RunWarning] { lasting.values.map(\.warning).sorted { $0.name.rawValue < $1.name.rawValue } }

    /// Sets what is wrong as of a step; nil if nothing is.
    ///
    /// - Parameters:
    ///   - gravity: A warning that lasts is said again when this rises.
    ///   - since: When it began, if that is known from elsewhere.
    package mutating func set(_ name: RunWarning.Name, _ text: String?, step: Int, gravity: Int = 0, since: Int? = nil) -> Change? {
        let earlier = lasting[name]
        guard let text else {
            lasting[name] = nil
            return earlier.map { .ended($0.warning) }
        }
        let warning = RunWarning(name: name, since: earlier?.warning.since ?? since ?? step, text: text)
        lasting[name] = (warning, gravity)
        return gravity > earlier?.gravity ?? -1 ? .said(warning) : nil
    }
}
