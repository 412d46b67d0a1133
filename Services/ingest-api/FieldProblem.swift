/// One thing wrong with a request, in words that say what to do.
struct FieldProblem: Error, Equatable, Sendable {
    /// Stable: programs branch on it.
    let code: String
    /// Where, as in `template.variables.attendee_name`; nil for the request as a whole.
    let field: String?
    let detail: String

    init(_ code: String, _ field: String?, _ detail: String) {
        self.code = code
        self.field = field
        self.detail = detail
    }
}

/// Collects what is wrong, so that a caller repairs a request in one go.
struct FieldProblems {
    /// More than this helps nobody.
    static let reportedMax = 20
    private(set) var all: [FieldProblem] = []

    var isEmpty: Bool { all.isEmpty }

    mutating func note(_ code: String, _ field: String?, _ detail: String) {
        if all.count < Self.reportedMax { all.append(FieldProblem(code, field, detail)) }
    }
}
