/// Who of an event's recipients a rule is for, or whether it is for this event at all: conditions that all must hold.
///
/// `{"ticket_type": "VIP"}`, `{"level": ["gold", "silver"]}`, `{"amount": {"gte": 100}}`.
package struct RecipientFilter: Hashable, Sendable {
    package static let conditionsMax = 20
    package static let choicesMax = 200

    package struct Condition: Hashable, Sendable {
        package let path: DataPath
        package let tests: [Test]
    }

    package enum Test: Hashable, Sendable {
        case isOneOf([DataValue])
        case isNoneOf([DataValue])
        case exists(Bool)
        case compares(Comparison, Double)
        case contains(String)
        case startsWith(String)
    }

    package enum Comparison: String, CaseIterable, Hashable, Sendable {
        case gt
        case gte
        case lt
        case lte

        fileprivate func holds(_ left: Double, _ right: Double) -> Bool {
            switch self {
            case .gt: left > right
            case .gte: left >= right
            case .lt: left < right
            case .lte: left <= right
            }
        }
    }

    package let conditions: [Condition]

    package static let everybody = RecipientFilter(conditions: [])

    package init(conditions: [Condition]) {
        self.conditions = conditions
    }

    package func matches(_ facts: EventFacts) -> Bool {
        conditions.allSatisfy { condition in
            let value = facts.value(at: condition.path)
            return condition.tests.allSatisfy { $0.holds(for: value) }
        }
    }
}

extension RecipientFilter.Test {
    /// A value that is not there is none of anything, and meets no condition but that.
    func holds(for value: DataValue?) -> Bool {
        switch self {
        case .exists(let shall): return (value != nil) == shall
        case .isNoneOf(let choices): return !choices.contains { $0.equals(value) }
        case .isOneOf(let choices): return choices.contains { $0.equals(value) }
        case .compares(let comparison, let bound):
            return value?.number.map { comparison.holds($0, bound) } ?? false
        case .contains(let part):
            switch value {
            case .text(let text): return text.holdsIgnoringCase(part)
            case .list(let elements): return elements.contains { $0.plainText?.lowercased() == part.lowercased() }
            case .null, .boolean, .number, .object, nil: return false
            }
        case .startsWith(let start):
            return value?.plainText?.lowercased().hasPrefix(start.lowercased()) ?? false
        }
    }
}

extension DataValue {
    /// Texts without regard to case; a number and the text of that number are the same. Of a list, any element.
    fileprivate func equals(_ other: DataValue?) -> Bool {
        guard let other else { return isNull }
        if case .list(let elements) = other { return elements.contains { equals($0) } }
        switch (self, other) {
        case (.text(let left), .text(let right)): return left.lowercased() == right.lowercased()
        case (.number, .text), (.text, .number), (.number, .number): return number != nil && number == other.number
        case (.boolean(let left), .boolean(let right)): return left == right
        case (.boolean, .text), (.text, .boolean): return plainText == other.plainText?.lowercased()
        case (.null, .null): return true
        case _: return false
        }
    }
}

extension String {
    /// Whether the other text stands anywhere in this one.
    fileprivate func holdsIgnoringCase(_ other: String) -> Bool {
        let (text, part) = (Array(lowercased().utf8), Array(other.lowercased().utf8))
        guard !part.isEmpty, text.count >= part.count else { return part.isEmpty }
        return (0...(text.count - part.count)).contains { text[$0..<$0 + part.count].elementsEqual(part) }
    }
}

extension RecipientFilter {
    private static let operators =
        ["eq", "ne", "in", "not_in", "exists", "contains", "starts_with"] + Comparison.allCases.map(\.rawValue)

    package init(_ value: DataValue, problems: inout [RuleProblem]) {
        guard let members = value.members else {
            problems.append(
                RuleProblem("field_wrong_type", "recipient_filter", "`recipient_filter` must be a JSON object."))
            self = .everybody
            return
        }
        if members.count > Self.conditionsMax {
            problems.append(
                RuleProblem(
                    "recipient_filter_too_large", "recipient_filter",
                    "`recipient_filter` may have \(Self.conditionsMax) conditions."))
        }
        var conditions: [Condition] = []
        for (name, wanted) in members.sorted(by: { $0.key < $1.key }) {
            let field = "recipient_filter.\(name.prefix(64))"
            guard let path = DataPath(name) else {
                problems.append(RuleProblem("path_invalid", field, "`\(name.prefix(64))` names no place in an event."))
                continue
            }
            conditions.append(Condition(path: path, tests: Self.tests(wanted, field: field, &problems)))
        }
        self.init(conditions: conditions)
    }

    private static func tests(_ wanted: DataValue, field: String, _ problems: inout [RuleProblem]) -> [Test] {
        switch wanted {
        case .null: return [.exists(false)]
        case .boolean, .number, .text: return [.isOneOf([wanted])]
        case .list: return choices(wanted, field, &problems).map { [.isOneOf($0)] } ?? []
        case .object(let members):
            return members.sorted { $0.key < $1.key }.compactMap { test($0, $1, field: "\(field).\($0)", &problems) }
        }
    }

    private static func test(
        _ name: String, _ bound: DataValue, field: String, _ problems: inout [RuleProblem]
    ) -> Test? {
        func wrong(_ what: String) -> Test? {
            problems.append(RuleProblem("recipient_filter_invalid", field, "`\(field)` must be \(what)."))
            return nil
        }
        if let comparison = Comparison(rawValue: name) {
            return bound.number.map { .compares(comparison, $0) } ?? wrong("a number")
        }
        switch name {
        case "eq": return bound.isPlain ? .isOneOf([bound]) : wrong("a text, a number, true, false or null")
        case "ne": return bound.isPlain ? .isNoneOf([bound]) : wrong("a text, a number, true, false or null")
        case "in": return choices(bound, field, &problems).map { .isOneOf($0) }
        case "not_in": return choices(bound, field, &problems).map { .isNoneOf($0) }
        case "exists": return bound.boolean.map { .exists($0) } ?? wrong("true or false")
        case "contains": return bound.plainText.map { .contains($0) } ?? wrong("a text")
        case "starts_with": return bound.plainText.map { .startsWith($0) } ?? wrong("a text")
        case _:
            problems.append(.unknownField(name, in: String(field.dropLast(name.count)), known: operators))
            return nil
        }
    }

    private static func choices(
        _ value: DataValue, _ field: String, _ problems: inout [RuleProblem]
    ) -> [DataValue]? {
        if let elements = value.elements, (1...choicesMax).contains(elements.count), elements.allSatisfy(\.isPlain) {
            return elements
        }
        problems.append(
            RuleProblem(
                "recipient_filter_invalid", field, "`\(field)` must be a list of 1 to \(choicesMax) texts or numbers."))
        return nil
    }
}

extension DataValue {
    fileprivate var isPlain: Bool {
        switch self {
        case .null, .boolean, .number, .text: true
        case .list, .object: false
        }
    }
}
