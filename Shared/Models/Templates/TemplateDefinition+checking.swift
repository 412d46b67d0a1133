/// Why a template cannot be sent with the variables given. `name` is the variable's, never its value.
package enum TemplateProblem: Hashable, Sendable {
    case missing(name: String)
    case unexpected(name: String)
    /// A list with more values than the template has variables.
    case tooMany(expected: Int, found: Int)
    case wrongKind(name: String, expected: TemplateValueKind, found: TemplateValueKind)
    case empty(name: String)
    case forbiddenWhitespace(name: String)
    case couponTooLong(name: String, max: Int)
    case payloadTooLong(name: String, max: Int)
    case mediaInvalid(name: String)
    case headerTooLong(count: Int, max: Int)
    case bodyTooLong(count: Int, max: Int)
}

extension TemplateDefinition {
    /// Meta, templates: a longer rendered body is refused with 132005.
    package static let bodyCharactersMax = 1_024
    package static let headerCharactersMax = 60
    /// Meta's pages disagree between 15 and 20; what 15 allows works with both.
    package static let couponCharactersMax = 15
    package static let payloadCharactersMax = 256
    /// More spaces in a row are refused with 132012 or 100.
    package static let consecutiveSpacesMax = 4

    /// Empty when the template can be sent with these variables.
    package func check(variables given: TemplateVariables) -> [TemplateProblem] {
        let (values, problems) = match(given)
        return problems + check(values)
    }

    /// The parameters in Meta's order, or every problem at once.
    package func resolve(_ given: TemplateVariables) -> Result<TemplateParameters, TemplateProblems> {
        let (values, unmatched) = match(given)
        let problems = unmatched + check(values)
        guard problems.isEmpty else { return .failure(TemplateProblems(problems)) }
        return .success(sorted(values))
    }

    private func sorted(_ values: [TemplateValue?]) -> TemplateParameters {
        var header: [TemplateParameter] = []
        var body: [TemplateParameter] = []
        var buttons: [ButtonParameter] = []
        for (variable, value) in zip(variables, values) {
            guard let value else { continue }
            // Twilio keeps all values of a template in one list, by the names that stand in it.
            let isNamed = (parameterFormat == .named || provider == .twilio) && !variable.placeholder.isEmpty
            let parameter = TemplateParameter(name: isNamed ? variable.placeholder : nil, value: value)
            switch variable.component {
            case .header: header.append(parameter)
            case .body: body.append(parameter)
            case .button(let index, let subtype):
                buttons.append(
                    ButtonParameter(index: index, subtype: subtype, name: parameter.name, value: value))
            }
        }
        return TemplateParameters(header: header, body: body, buttons: buttons)
    }

    private func check(_ values: [TemplateValue?]) -> [TemplateProblem] {
        let found = zip(variables, values).flatMap { variable, value in
            value.map { check($0, for: variable) } ?? []
        }
        return found + checkLength(of: values)
    }

    /// The body as the recipient reads it; nil when the template's text is not known.
    package func renderedBody(_ given: TemplateVariables) -> String? {
        bodyText.map { _ in rendered(with: match(given).values) }
    }

    /// The values by the names of their variables, the template's own fallbacks included.
    package func named(_ given: TemplateVariables) -> [String: TemplateValue] {
        var named: [String: TemplateValue] = [:]
        for (variable, value) in zip(variables, match(given).values) { named[variable.name] = value }
        return named
    }

    /// One value or nil for each variable, in order.
    private func match(_ given: TemplateVariables) -> (values: [TemplateValue?], problems: [TemplateProblem])
    {
        switch given {
        case .byName(let values): matchNames(values)
        case .list(let values): matchList(values)
        }
    }

    private func matchList(_ given: [TemplateValue]) -> (
        values: [TemplateValue?], problems: [TemplateProblem]
    ) {
        var problems: [TemplateProblem] = []
        var rest = given[...]
        var values = variables.map { $0.isOptional ? nil : rest.popFirst() }
        repeatTheCode(in: &values)
        fallBack(in: &values)
        if !rest.isEmpty {
            problems.append(.tooMany(expected: given.count - rest.count, found: given.count))
        }
        return (values, problems + missing(values))
    }

    private func matchNames(_ given: [String: TemplateValue]) -> (
        values: [TemplateValue?], problems: [TemplateProblem]
    ) {
        var used: Set<String> = []
        var values = variables.map { variable -> TemplateValue? in
            guard let name = names(of: variable).first(where: { given[$0] != nil }) else { return nil }
            used.insert(name)
            return given[name]
        }
        repeatTheCode(in: &values)
        fallBack(in: &values)
        let unexpected = given.keys.filter { !used.contains($0) }.sorted().map {
            TemplateProblem.unexpected(name: $0)
        }
        return (values, missing(values) + unexpected)
    }

    /// A header's variable may be given by its bare name where the body has none of that name.
    private func names(of variable: TemplateVariable) -> [String] {
        let bare = variable.placeholder
        if bare.isEmpty || variables.contains(where: { $0.name == bare }) { return [variable.name] }
        return [variable.name, bare]
    }

    private func missing(_ values: [TemplateValue?]) -> [TemplateProblem] {
        zip(variables, values).compactMap { variable, value in
            value == nil && !variable.isOptional ? .missing(name: variable.name) : nil
        }
    }

    private func fallBack(in values: inout [TemplateValue?]) {
        for (index, variable) in variables.enumerated() where values[index] == nil { values[index] = variable.fallback }
    }

    /// An authentication template shows its code in the body and carries it in the button as well; tenants
    /// give it once.
    private func repeatTheCode(in values: inout [TemplateValue?]) {
        guard category == .authentication,
            let code = variables.firstIndex(where: { $0.component == .body }).flatMap({ values[$0] })
        else { return }
        for (index, variable) in variables.enumerated() where values[index] == nil {
            if case .button(_, .url) = variable.component { values[index] = code }
        }
    }

    private func check(_ value: TemplateValue, for variable: TemplateVariable) -> [TemplateProblem] {
        let name = variable.name
        guard value.kind == variable.kind else {
            return [.wrongKind(name: name, expected: variable.kind, found: value.kind)]
        }
        switch value {
        case .text(let text): return check(text: text, name: name)
        case .currency(let fallback, _, _): return check(text: fallback, name: name)
        case .dateTime(let fallback): return check(text: fallback, name: name)
        case .image(let source), .video(let source), .document(let source, _):
            return source.check().isEmpty ? [] : [.mediaInvalid(name: name)]
        case .location(let latitude, let longitude, _, _):
            return latitude.isEmpty || longitude.isEmpty ? [.empty(name: name)] : []
        case .payload(let payload):
            if payload.isEmpty { return [.empty(name: name)] }
            let max = Self.payloadCharactersMax
            return payload.unicodeScalars.count > max ? [.payloadTooLong(name: name, max: max)] : []
        case .couponCode(let code):
            if code.isEmpty { return [.empty(name: name)] }
            let max = Self.couponCharactersMax
            return code.unicodeScalars.count > max ? [.couponTooLong(name: name, max: max)] : []
        }
    }

    private func check(text: String, name: String) -> [TemplateProblem] {
        if text.allSatisfy(\.isWhitespace) { return [.empty(name: name)] }
        var spaces = 0
        for scalar in text.unicodeScalars {
            spaces = scalar == " " ? spaces + 1 : 0
            let breaksLine = scalar == "\n" || scalar == "\r" || scalar == "\t"
            if breaksLine || spaces > Self.consecutiveSpacesMax { return [.forbiddenWhitespace(name: name)] }
        }
        return []
    }

    private func checkLength(of values: [TemplateValue?]) -> [TemplateProblem] {
        var problems: [TemplateProblem] = []
        for (variable, value) in zip(variables, values) where variable.component == .header {
            guard let count = value?.shownText?.unicodeScalars.count, count > Self.headerCharactersMax else {
                continue
            }
            problems.append(.headerTooLong(count: count, max: Self.headerCharactersMax))
        }
        let count = bodyCount(with: values)
        if count > Self.bodyCharactersMax {
            problems.append(.bodyTooLong(count: count, max: Self.bodyCharactersMax))
        }
        return problems
    }

    /// Counted without rendering: this runs for every message of a campaign.
    private func bodyCount(with values: [TemplateValue?]) -> Int {
        var count = 0
        for piece in bodyPieces {
            switch piece {
            case .literal(_, let literalCount): count += literalCount
            case .place(let name):
                for index in variables.indices
                where variables[index].component == .body && variables[index].placeholder == name {
                    count += values[index]?.shownText?.unicodeScalars.count ?? 0
                }
            }
        }
        return count
    }

    private func rendered(with values: [TemplateValue?]) -> String {
        var shown: [String: String] = [:]
        for (variable, value) in zip(variables, values) where variable.component == .body {
            shown[variable.placeholder] = value?.shownText
        }
        return bodyPieces.reduce(into: "") { body, piece in
            switch piece {
            case .literal(let literal, _): body += literal
            case .place(let name): body += shown[name] ?? ""
            }
        }
    }
}

/// Every reason at once, so that a tenant repairs a request in one go.
package struct TemplateProblems: Error, Hashable, Sendable {
    package let all: [TemplateProblem]

    package init(_ all: [TemplateProblem]) {
        self.all = all
    }
}
