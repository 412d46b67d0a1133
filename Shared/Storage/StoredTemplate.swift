internal import JSON
package import Models
package import Postgres

/// A row of `templates`.
package struct StoredTemplate: Sendable {
    package let id: TemplateID
    package let accountID: String
    package let provider: Provider
    package let name: String
    package let language: String
    package let category: TemplateCategory
    package let status: TemplateStatus
    package let parameterFormat: ParameterFormat
    /// As the provider has it, or as the draft has it.
    package let content: TemplateContent
    package let components: JSONText
    package let defaults: [String: String]
    /// What was changed since the provider took it.
    package let changes: TemplateChanges?
    package let sendTTLSeconds: Int?
    package let allowsCategoryChange: Bool
    package let quality: String?
    package let rejectionReason: String?
    package let nextCategory: TemplateCategory?
    package let nextCategoryAt: Timestamp?
    package let problem: JSONText?
    package let providerTemplateID: String?
    package let createdBy: String?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    package let submittedAt: Timestamp?
    package let statusAt: Timestamp?
    package let editedAt: [Timestamp]
    /// What retry-scheduler has yet to do with it.
    package let pendingAction: TemplateAction?

    package var definition: TemplateDefinition {
        TemplateDefinition(
            name: name, language: language, category: category, status: status, parameterFormat: parameterFormat,
            provider: provider, bodyText: content.body,
            variables: TemplateDefinition.variables(
                of: content, category: category, provider: provider, fallbacks: defaults))
    }

    /// What the next submission would hand in.
    package var proposal: TemplateProposal {
        TemplateProposal(
            name: name, language: language, category: changes?.category ?? category, provider: provider,
            content: changes?.content ?? content, sendTTLSeconds: changes?.sendTTLSeconds ?? sendTTLSeconds)
    }

    static let columns: SQL = """
        t.id, t.account_id, t.provider, t.name, t.language, t.category, t.status, t.parameter_format, t.components,
        t.variable_defaults, t.changes, t.send_ttl_seconds, t.allow_category_change, t.quality, t.rejection_reason,
        t.next_category, t.next_category_at, t.problem, t.provider_template_id, t.created_by, t.created_at, t.updated_at,
        t.submitted_at, t.status_at, t.edited_at,
        (SELECT k.action FROM template_tasks k
         WHERE k.tenant_id = t.tenant_id AND k.template_id = t.id AND k.done_at IS NULL) AS pending_action
        """

    init(_ row: Row) throws(DatabaseError) {
        func read(_ json: JSONText) throws(DatabaseError) -> JSONValue {
            guard let document = try? JSONDocument(parsing: json.bytes) else {
                throw .decoding("a template's column is not JSON")
            }
            return document.root
        }
        id = try row.value("id")
        accountID = try row.value("account_id")
        guard let provider = Provider(rawValue: try row.value("provider")) else {
            throw .decoding("a provider that this program does not know")
        }
        self.provider = provider
        name = try row.value("name")
        language = try row.value("language")
        category = Self.category(try row.value("category")) ?? .marketing
        status = TemplateStatus(rawValue: try row.value("status", as: String.self).lowercased()) ?? .unknown
        parameterFormat =
            ParameterFormat(rawValue: try row.value("parameter_format", as: String.self).lowercased()) ?? .positional
        components = try row.value("components")
        content = TemplateContent(components: try read(components))
        defaults = TemplateDefinition.texts(try read(try row.value("variable_defaults")))
        let changes: JSONText? = try row.value("changes")
        self.changes = if let changes { TemplateChanges(json: try read(changes)) } else { nil }
        sendTTLSeconds = try row.value("send_ttl_seconds", as: Int32?.self).map { Int($0) }
        allowsCategoryChange = try row.value("allow_category_change")
        quality = try row.value("quality")
        rejectionReason = try row.value("rejection_reason")
        nextCategory = try row.value("next_category", as: String?.self).flatMap(Self.category)
        nextCategoryAt = try row.value("next_category_at")
        problem = try row.value("problem")
        providerTemplateID = try row.value("provider_template_id")
        createdBy = try row.value("created_by")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
        submittedAt = try row.value("submitted_at")
        statusAt = try row.value("status_at")
        editedAt = try row.value("edited_at")
        pendingAction = try row.value("pending_action", as: String?.self).flatMap { TemplateAction(rawValue: $0) }
    }

    private static func category(_ word: String) -> TemplateCategory? { TemplateCategory(rawValue: word.lowercased()) }
}

/// What an author changed in a template that the provider has, kept until the provider takes it.
package struct TemplateChanges: Hashable, Sendable {
    package var category: TemplateCategory
    package var content: TemplateContent
    package var sendTTLSeconds: Int?

    package init(category: TemplateCategory, content: TemplateContent, sendTTLSeconds: Int?) {
        self.category = category
        self.content = content
        self.sendTTLSeconds = sendTTLSeconds
    }

    init(json: JSONValue) {
        category = json["category"]?.string.flatMap { TemplateCategory(rawValue: $0.lowercased()) } ?? .marketing
        content = json["components"].map { TemplateContent(components: $0) } ?? TemplateContent()
        sendTTLSeconds = json["send_ttl_seconds"]?.integer.map { Int(clamping: $0) }
    }

    var jsonText: JSONText {
        var writer = JSONWriter(capacity: 1_024)
        writer.object { writer in
            writer.field("category", category.rawValue.uppercased())
            writer.field("components", raw: content.componentsJSON)
            writer.field("send_ttl_seconds", sendTTLSeconds)
        }
        return JSONText(writer.bytes)
    }
}

/// A template to be written, or the values that a change leaves it with.
package struct TemplateDraft: Sendable {
    package var proposal: TemplateProposal
    package var accountID: String
    package var defaults: [String: String]
    package var allowsCategoryChange: Bool

    package init(
        proposal: TemplateProposal, accountID: String, defaults: [String: String] = [:], allowsCategoryChange: Bool = true
    ) {
        self.proposal = proposal
        self.accountID = accountID
        self.defaults = defaults
        self.allowsCategoryChange = allowsCategoryChange
    }

    var defaultsText: JSONText {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, value) in defaults.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.string(value)
            }
        }
        return JSONText(writer.bytes)
    }
}
