import APIKit
import JSON
import Models
import Storage

/// Reads `template`: which one, in which language, and the values of its variables.
struct TemplateReader {
    let catalog: TenantCatalog
    /// Whose templates can be sent; nil: any account's.
    let accountID: String?
    /// `variables` that stand beside the template, as a recipient of a batch has them.
    var ownVariables: JSONValue?

    func content(_ part: JSONValue, path: String, _ problems: inout FieldProblems) -> CheckedContent? {
        let known = ["name", "language", "variables"]
        let reader = FieldReader(part, path: path, known: known, problems: &problems)
        guard part.kind == .object else { return nil }
        let name = reader.requiredText("name", &problems)
        let language = reader.requiredText("language", &problems)
        guard let name, let language, let template = template(name, language, path: path, &problems) else {
            return nil
        }
        let definition = template.definition
        guard let variables = variables(reader, of: definition, &problems) else { return nil }
        switch definition.resolve(variables) {
        case .success(let parameters):
            return CheckedContent(
                content: .template(
                    name: definition.name,
                    language: definition.language,
                    parameters: parameters
                ),
                templateID: template.id,
                lane: definition.category.lane,
                expiryStandard: catalog.expiry.span(for: definition.category)
            )
        case .failure(let found):
            for problem in found.all { problem.note(definition, path: variablesPath(reader), &problems) }
            return nil
        }
    }

    /// Found and approved, or the reason why not.
    private func template(
        _ name: String,
        _ language: String,
        path: String,
        _ problems: inout FieldProblems
    ) -> CatalogTemplate? {
        let anywhere = catalog.templates(named: name)
        guard !anywhere.isEmpty else {
            problems.note(
                "template_not_found",
                path + "name",
                "You have no template `\(name.shortened)`. GET /v1/templates lists yours."
            )
            return nil
        }
        let translations = accountID.map { catalog.templates(named: name, inAccount: $0) } ?? anywhere
        guard !translations.isEmpty else {
            let accounts = Set(anywhere.map(\.accountID)).sorted().joined(separator: ", ")
            problems.note(
                "template_of_another_account",
                path + "name",
                "`\(name)` belongs to the account \(accounts), and the sender sends through another one. Name a sender of "
                    + "that account in `sender_id`, or create the template in the sender's account as well."
            )
            return nil
        }
        // WhatsApp itself writes both en-US and en_US.
        let wanted = String(language.map { $0 == "-" ? "_" : $0 })
        guard let template = translations.first(where: { $0.definition.language == wanted }) else {
            let known = translations.map(\.definition.language).joined(separator: ", ")
            problems.note(
                "template_language_not_found",
                path + "language",
                "`\(name)` does not exist in `\(language.shortened)`. It exists in: \(known)."
            )
            return nil
        }
        guard template.definition.status.maySend else {
            problems.note(
                "template_not_approved",
                path + "name",
                "`\(name)` (\(wanted)) has the status \(template.definition.status.rawValue) and cannot be sent "
                    + "until WhatsApp has approved it."
                    + (template.definition.status == .draft ? " Submit it: POST /v1/templates/\(template.id)/submit." : "")
            )
            return nil
        }
        return template
    }

    private func variablesPath(_ reader: FieldReader) -> String {
        ownVariables == nil ? reader.path + "variables" : "variables"
    }

    /// Nil when something could not be read, which has been noted.
    func variables(
        _ reader: FieldReader,
        of definition: TemplateDefinition,
        _ problems: inout FieldProblems
    ) -> TemplateVariables? {
        guard let given = ownVariables ?? reader["variables"] else { return TemplateVariables.none }
        let path = variablesPath(reader)
        if let list = given.elements { return variables(list, of: definition, path: path, &problems) }
        guard let members = given.members else {
            problems.note(
                "field_wrong_type",
                path,
                "`\(path)` must be an object of values by name, or a list of values in the template's order."
            )
            return nil
        }
        // A recipient's values by name go over the common ones; a list stands for itself.
        let common = ownVariables == nil ? [] : reader["variables"]?.members ?? []
        var values: [String: TemplateValue] = [:]
        var allRead = true
        for (name, value) in common + members {
            let kind = definition.kind(ofVariable: name)
            if let value = TemplateValue(given: value, for: kind) {
                values[name] = value
            } else {
                Self.noteUnreadable("\(path).\(name.shortened)", kind, &problems)
                allRead = false
            }
        }
        return allRead ? .byName(values) : nil
    }

    private func variables(
        _ list: [JSONValue],
        of definition: TemplateDefinition,
        path: String,
        _ problems: inout FieldProblems
    ) -> TemplateVariables? {
        var values: [TemplateValue] = []
        for (index, value) in list.enumerated() {
            let kind = index < definition.variables.count ? definition.variables[index].kind : .text
            if let value = TemplateValue(given: value, for: kind) {
                values.append(value)
            } else {
                Self.noteUnreadable("\(path)[\(index)]", kind, &problems)
            }
        }
        return values.count == list.count ? .list(values) : nil
    }

    private static func noteUnreadable(
        _ field: String,
        _ kind: TemplateValueKind,
        _ problems: inout FieldProblems
    ) {
        problems.note("template_variable_wrong_type", field, "`\(field)` must be \(kind.howToWrite).")
    }
}

extension TemplateDefinition {
    /// Text for a name the template does not have: that it is unknown is said elsewhere.
    fileprivate func kind(ofVariable name: String) -> TemplateValueKind {
        let variable = variables.first { $0.name == name } ?? variables.first { $0.placeholder == name }
        return variable?.kind ?? .text
    }
}

extension TemplateValue {
    /// Plain JSON for what is plain (a string for text, a code, an address of a picture), else Meta's own shape of a
    /// parameter: `{"type":"currency","currency":{…}}`.
    fileprivate init?(given value: JSONValue, for kind: TemplateValueKind) {
        if value.kind == .object {
            self.init(json: value)
            return
        }
        guard let text = value.string else { return nil }
        switch kind {
        case .text: self = .text(text)
        case .dateTime: self = .dateTime(fallback: text)
        case .payload: self = .payload(text)
        case .couponCode: self = .couponCode(text)
        case .image: self = .image(.link(text))
        case .video: self = .video(.link(text))
        case .document: self = .document(.link(text), filename: nil)
        case .currency, .location: return nil
        }
    }
}

extension TemplateValueKind {
    fileprivate var howToWrite: String {
        switch self {
        case .text, .payload, .couponCode, .dateTime: "a string"
        case .image, .video, .document:
            #"an address as a string, or {"type":"\#(rawValue)","\#(rawValue)":{"id":"…"}}"#
        case .currency:
            #"{"type":"currency","currency":{"fallback_value":"€12.50","code":"EUR","amount_1000":12500}}"#
        case .location:
            #"{"type":"location","location":{"latitude":"45.46","longitude":"9.19","name":"…","address":"…"}}"#
        }
    }
}

extension TemplateProblem {
    /// - Parameter path: of the variables, without a point.
    func note(_ definition: TemplateDefinition, path: String, _ problems: inout FieldProblems) {
        let names = definition.variables.map { "`\($0.name)`" }.joined(separator: ", ")
        func invalid(_ name: String, _ detail: String) {
            problems.note("template_variable_invalid", "\(path).\(name)", "`\(path).\(name)` \(detail)")
        }
        switch self {
        case .missing(let name):
            problems.note(
                "template_variable_missing",
                "\(path).\(name)",
                "The template `\(definition.name)` needs a value for `\(name)`. Its variables: \(names)."
            )
        case .unexpected(let name):
            problems.note(
                "template_variable_unknown",
                "\(path).\(name.shortened)",
                "The template `\(definition.name)` has no variable `\(name.shortened)`. "
                    + (names.isEmpty ? "It has none." : "Its variables: \(names).")
            )
        case .tooMany(let expected, let found):
            problems.note(
                "template_variable_unknown",
                path,
                "The template `\(definition.name)` has \(expected) variables, \(found) values were given."
            )
        case .wrongKind(let name, let expected, _):
            problems.note(
                "template_variable_wrong_type",
                "\(path).\(name)",
                "`\(path).\(name)` must be \(expected.howToWrite)."
            )
        case .empty(let name): invalid(name, "must not be blank.")
        case .forbiddenWhitespace(let name):
            invalid(
                name,
                "must hold no line breaks, tabs or more than four blanks in a row: WhatsApp refuses them."
            )
        case .couponTooLong(let name, let max): invalid(name, "may have \(max) characters.")
        case .payloadTooLong(let name, let max): invalid(name, "may have \(max) characters.")
        case .mediaInvalid(let name):
            invalid(name, "must be an address that begins with https:// or http://.")
        case .headerTooLong(let count, let max):
            problems.note(
                "template_header_too_long",
                path,
                "The filled header may have \(max) characters; it has \(count)."
            )
        case .bodyTooLong(let count, let max):
            problems.note(
                "template_body_too_long",
                path,
                "The filled text may have \(max) characters; it has \(count)."
            )
        }
    }
}
