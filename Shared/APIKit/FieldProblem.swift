/// One thing wrong with a request, in words that say what to do.
package struct FieldProblem: Error, Equatable, Sendable {
    /// Stable: programs branch on it.
    package let code: String
    /// Where, as in `template.variables.attendee_name`; nil for the request as a whole.
    package let field: String?
    package let detail: String

    package init(_ code: String, _ field: String?, _ detail: String) {
        self.code = code
        self.field = field
        self.detail = detail
    }
}

/// Collects what is wrong, so that a caller repairs a request in one go.
package struct FieldProblems {
    /// More than this helps nobody.
    package static let reportedMax = 20
    package private(set) var all: [FieldProblem] = []

    package init() {}

    package var isEmpty: Bool { all.isEmpty }

    package mutating func note(_ code: String, _ field: String?, _ detail: String) {
        if all.count < Self.reportedMax { all.append(FieldProblem(code, field, detail)) }
    }
}
