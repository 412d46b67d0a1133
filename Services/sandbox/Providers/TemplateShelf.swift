import JSON

struct ShelvedTemplate: Sendable {
    let id: String
    let name: String
    let language: String
    let category: String
    var status: String
    let parameterFormat: String
    /// As they were given, for listing.
    let components: [UInt8]
    let bodyParameters: Int
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
            return .failure(.of(100, details: "Content in this language already exists."))
        }
        nextID += 1
        count += 1
        let template = ShelvedTemplate(
            id: String(nextID),
            name: name,
            language: language,
            category: category.uppercased(),
            status: "APPROVED",
            parameterFormat: given["parameter_format"]?.string ?? "POSITIONAL",
            components: components.serialized(),
            bodyParameters: Self.bodyParameters(components)
        )
        templates[key, default: []].append(template)
        return .success(template)
    }

    func list(of accountID: String, name: String?, status: String?) -> [ShelvedTemplate] {
        templates.filter { $0.key.accountID == accountID && (name == nil || $0.key.name == name) }
            .flatMap(\.value).filter { status == nil || $0.status == status }.sorted { $0.id < $1.id }
    }

    mutating func remove(_ name: String, from accountID: String) -> Bool {
        guard let removed = templates.removeValue(forKey: Key(accountID: accountID, name: name)) else {
            return false
        }
        count -= removed.count
        return true
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
        let given = template["components"]?.elements?.first { $0["type"]?.string?.lowercased() == "body" }
        let count = given?["parameters"]?.elements?.count ?? 0
        guard count == translation.bodyParameters else {
            return .of(
                132_000,
                details:
                    "body: number of localizable_params (\(count)) does not match the expected number of params "
                    + "(\(translation.bodyParameters))"
            )
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

    private static func bodyParameters(_ components: JSONValue) -> Int {
        let body = components.elements?.first { $0["type"]?.string?.uppercased() == "BODY" }
        var names: Set<Substring> = []
        var rest = Substring(body?["text"]?.string ?? "")
        while let start = rest.firstRange(of: "{{"), let end = rest[start.upperBound...].firstRange(of: "}}")
        {
            names.insert(rest[start.upperBound..<end.lowerBound])
            rest = rest[end.upperBound...]
        }
        return names.count
    }
}
