import JSON
import Models
import Storage

struct ShelvedTemplate: Sendable {
    let id: String
    let name: String
    let language: String
    var category: String
    var status: String
    let parameterFormat: String
    /// As they were given, for listing.
    var components: [UInt8]
    /// What a send must bring along.
    var definition: TemplateDefinition
    var rejectedReason = "NONE"
    var quality = "GREEN"
}

/// The templates of every account. One we were never taught is approved and takes any parameters, so that a
/// test needs no preparation; one we were taught is checked as Meta checks.
struct TemplateShelf: Sendable {
    static let templatesMax = 10_000

    private struct Key: Hashable {
        let accountID: String
        let name: String
    }

    private var templates: [Key: [ShelvedTemplate]] = [:]
    private var count = 0
    private var nextID = 555_000_000_000

    mutating func add(_ given: JSONValue, to accountID: String) -> Result<ShelvedTemplate, GraphError> {
        guard let name = given["name"]?.string, !name.isEmpty,
            name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 0x5F }),
            name.utf8.count <= 512
        else {
            return .failure(.of(100, details: "name must be lower case letters, digits and underscores."))
        }
        guard let language = given["language"]?.string, let category = given["category"]?.string,
            let components = given["components"], components.kind == .array
        else { return .failure(.of(100, details: "language, category and components are needed.")) }
        guard count < Self.templatesMax else { return .failure(.of(100, details: "Template limit reached.")) }
        let key = Key(accountID: accountID, name: name)
        if templates[key]?.contains(where: { Self.same($0.language, language) }) == true {
            return .failure(
                GraphError(
                    100, 400, "Invalid parameter", "Content in this language already exists.", subcode: 2_388_024))
        }
        if let flaw = Self.flaw(components, category.uppercased()) { return .failure(flaw) }
        nextID += 1
        count += 1
        let format = given["parameter_format"]?.string ?? "POSITIONAL"
        var template = ShelvedTemplate(
            id: String(nextID),
            name: name,
            language: language,
            category: category.uppercased(),
            status: Self.verdict(on: name),
            parameterFormat: format,
            components: components.serialized(),
            definition: Self.definition(name, language, category, format, components)
        )
        if template.status == "REJECTED" { template.rejectedReason = "INVALID_FORMAT" }
        templates[key, default: []].append(template)
        return .success(template)
    }

    func list(of accountID: String, name: String?, status: String?) -> [ShelvedTemplate] {
        // Meta also finds longer names that hold the one asked for.
        templates.filter { $0.key.accountID == accountID && (name.map($0.key.name.contains) ?? true) }
            .flatMap(\.value).filter { status == nil || $0.status == status }.sorted { $0.id < $1.id }
    }

    func template(_ id: String) -> ShelvedTemplate? {
        templates.lazy.flatMap(\.value).first { $0.id == id }
    }

    func account(of id: String) -> String? {
        templates.first { $0.value.contains { $0.id == id } }?.key.accountID
    }

    /// Replaces all components, as Meta does; only what is approved, rejected or paused may change.
    mutating func edit(_ id: String, _ given: JSONValue) -> Result<ShelvedTemplate, GraphError> {
        guard let key = templates.first(where: { $0.value.contains { $0.id == id } })?.key,
            let index = templates[key]?.firstIndex(where: { $0.id == id }), var template = templates[key]?[index]
        else { return .failure(.of(100, details: "The message template does not exist.")) }
        guard ["APPROVED", "REJECTED", "PAUSED"].contains(template.status) else {
            return .failure(
                GraphError(100, 400, "Invalid parameter", "This template cannot be changed now.", subcode: 2_388_039))
        }
        if let category = given["category"]?.string {
            if template.status == "APPROVED" {
                return .failure(.of(100, details: "The category of an approved template cannot be changed."))
            }
            template.category = category.uppercased()
        }
        if let components = given["components"] {
            if let flaw = Self.flaw(components, template.category) { return .failure(flaw) }
            template.components = components.serialized()
            template.definition = Self.definition(
                template.name, template.language, template.category, template.parameterFormat, components)
        }
        template.status = Self.verdict(on: template.name)
        templates[key]?[index] = template
        return .success(template)
    }

    mutating func unpause(_ id: String) -> ShelvedTemplate? {
        guard let key = templates.first(where: { $0.value.contains { $0.id == id } })?.key,
            let index = templates[key]?.firstIndex(where: { $0.id == id }), templates[key]?[index].status == "PAUSED"
        else { return nil }
        templates[key]?[index].status = "APPROVED"
        return templates[key]?[index]
    }

    /// - Parameter id: one translation; nil: all of the name.
    mutating func remove(_ name: String, id: String?, from accountID: String) -> Bool {
        let key = Key(accountID: accountID, name: name)
        guard let known = templates[key] else { return false }
        let left = id.map { id in known.filter { $0.id != id } } ?? []
        guard left.count < known.count else { return false }
        count -= known.count - left.count
        templates[key] = left.isEmpty ? nil : left
        return true
    }

    /// Names decide: `…_rejected` is refused by the reviewer, `…_slow` stays under review, all others are approved at once.
    private static func verdict(on name: String) -> String {
        if name.hasSuffix("_rejected") { return "REJECTED" }
        return name.hasSuffix("_slow") ? "PENDING" : "APPROVED"
    }

    private static func definition(
        _ name: String, _ language: String, _ category: String, _ format: String, _ components: JSONValue
    ) -> TemplateDefinition {
        TemplateDefinition(
            name: name, language: language, category: category, status: "APPROVED", parameterFormat: format,
            components: components)
    }

    /// What Meta refuses before any reviewer sees it, as far as tests need it.
    private static func flaw(_ components: JSONValue, _ category: String) -> GraphError? {
        func refused(_ subcode: Int, _ details: String) -> GraphError {
            GraphError(100, 400, "Invalid parameter", details, subcode: subcode)
        }
        let content = TemplateContent(components: components)
        let body = content.body ?? ""
        if category == "AUTHENTICATION" {
            return content.body == nil || content.body == TemplateContent.authenticationBody
                ? nil : refused(2_388_072, "Authentication templates have no text of yours.")
        }
        if body.isEmpty || body.count > 1_024 { return refused(2_388_040, "The body must have 1 to 1024 characters.") }
        if body.hasPrefix("{{") || body.hasSuffix("}}") {
            return refused(2_388_299, "Variables can't be at the start or end of the template.")
        }
        if (content.headerText ?? "").count > 60 { return refused(2_388_047, "The header may have 60 characters.") }
        if (content.footer ?? "").count > 60 { return refused(2_388_073, "The footer may have 60 characters.") }
        let needsHandle = if case .media = content.header { true } else { false }
        if needsHandle, content.examples["header"]?.contains("://") ?? true {
            return refused(2_388_273, "An uploaded example (header_handle) is required for this header.")
        }
        return nil
    }

    mutating func setStatus(_ status: String, of name: String, in accountID: String) -> [ShelvedTemplate] {
        let key = Key(accountID: accountID, name: name)
        for index in templates[key, default: []].indices { templates[key]?[index].status = status }
        return templates[key] ?? []
    }

    /// What Meta would say of sending this template; nil when it may be sent.
    func problem(sending name: String, language: String, template: JSONValue, from accountID: String)
        -> GraphError?
    {
        if name.hasSuffix("_missing") { return Self.unknown(name, language) }
        if name.hasSuffix("_paused") { return .of(132_015) }
        guard let known = templates[Key(accountID: accountID, name: name)] else { return nil }
        guard let translation = known.first(where: { Self.same($0.language, language) }) else {
            return Self.unknown(name, language)
        }
        if translation.status == "PAUSED" { return .of(132_015) }
        guard translation.status == "APPROVED" else { return Self.unknown(name, language) }
        return Self.mismatch(translation, template)
    }

    private static func mismatch(_ known: ShelvedTemplate, _ template: JSONValue) -> GraphError? {
        let components = template["components"]?.elements ?? []
        let needed = known.definition.variables.filter { !$0.isOptional }
        for part in ["header", "body"] {
            let wanted = needed.filter { $0.component == (part == "header" ? .header : .body) }
            let given = components.first { $0["type"]?.string?.lowercased() == part }?["parameters"]?.elements ?? []
            guard given.count == wanted.count else {
                return .of(
                    132_000,
                    details: "\(part): number of localizable_params (\(given.count)) does not match the expected number of params "
                        + "(\(wanted.count))")
            }
            if known.parameterFormat == "NAMED" {
                let names = Set(given.compactMap { $0["parameter_name"]?.string })
                let isComplete = wanted.allSatisfy { $0.placeholder.isEmpty || names.contains($0.placeholder) }
                if !isComplete { return .of(132_000, details: "\(part): Parameter name is missing or empty") }
            }
            for (variable, parameter) in zip(wanted, given)
            where variable.kind != .text && parameter["type"]?.string != variable.kind.rawValue {
                return .of(132_012, details: "\(part): Format mismatch, expected \(variable.kind.rawValue)")
            }
        }
        for case (.button(let index, let subtype), let variable) in needed.map({ ($0.component, $0) }) {
            let button = components.first {
                $0["type"]?.string?.lowercased() == "button"
                    && ($0["index"]?.string ?? $0["index"]?.integer.map { "\($0)" }) == "\(index)"
            }
            guard let button, button["sub_type"]?.string?.lowercased() == subtype.rawValue,
                button["parameters"]?.elements?.first?["type"]?.string == variable.kind.rawValue
            else {
                return .of(
                    131_008, details: "buttons: Button at index \(index) of type \(subtype.rawValue) requires a parameter")
            }
        }
        return nil
    }

    func category(of name: String, in accountID: String) -> String? {
        templates[Key(accountID: accountID, name: name)]?.first?.category.lowercased()
    }

    private static func unknown(_ name: String, _ language: String) -> GraphError {
        .of(132_001, details: "template name (\(name)) does not exist in \(language)")
    }

    /// `en-US` and `en_US` are the same translation.
    private static func same(_ left: String, _ right: String) -> Bool {
        left.replacing("-", with: "_") == right.replacing("-", with: "_")
    }
}
