import APIKit
import JSON
import Models
import Storage

/// Reads what a caller wrote about a template.
struct TemplateReading {
    private static let contentFields = [
        "header", "body", "footer", "buttons", "examples", "add_security_recommendation", "code_expiration_minutes",
    ]
    static let fieldsOfChange =
        ["name", "language", "category"] + contentFields + [
            "variable_defaults", "send_ttl_seconds", "allow_category_change",
        ]
    static let fieldsOfCreation = fieldsOfChange + ["account_id", "sender_id", "submit"]
    /// Far above what WhatsApp takes; what exceeds it is not worth reading.
    private static let entriesMax = 200

    let fields: FieldReader

    init(_ fields: FieldReader) {
        self.fields = fields
    }

    /// `account_id`, or the account of `sender_id`, or that of the default sender, or the only one there is.
    static func account(
        _ fields: FieldReader, _ accounts: [TemplateAccount], _ problems: inout FieldProblems
    ) -> TemplateAccount? {
        guard !accounts.isEmpty else {
            problems.note(.accountMissing)
            return nil
        }
        if fields.has("account_id") {
            guard let id = fields.text("account_id", &problems) else { return nil }
            if let account = accounts.first(where: { $0.id == id }) { return account }
            problems.note(.accountNotFound("account_id"))
            return nil
        }
        if fields.has("sender_id") {
            guard let written = fields.text("sender_id", &problems) else { return nil }
            if let id = SenderID(written), let account = accounts.first(where: { $0.senders.contains(id) }) { return account }
            problems.note("sender_not_found", "sender_id", "You have no sender with this id.")
            return nil
        }
        if let account = accounts.first(where: \.isDefault) ?? (accounts.count == 1 ? accounts.first : nil) {
            return account
        }
        problems.note(
            "account_ambiguous", "account_id",
            "Your senders use several accounts, and none of them is the default: say in `account_id` whose template it is.")
        return nil
    }

    /// - Parameter current: what a change starts from.
    func draft(
        over current: StoredTemplate?, in account: TemplateAccount?, _ problems: inout FieldProblems
    ) -> TemplateDraft? {
        let name = current == nil ? fields.requiredText("name", &problems) : fields.text("name", &problems) ?? current?.name
        let language =
            current == nil ? fields.requiredText("language", &problems) : fields.text("language", &problems) ?? current?.language
        let category = category(&problems) ?? current.map { $0.proposal.category }
        if category == nil, !fields.has("category") {
            problems.note("field_missing", "category", "`category` is required: marketing, utility or authentication.")
        }
        let content = content(over: current?.proposal.content, category, &problems)
        let lifetime =
            fields.integer("send_ttl_seconds", in: -1...2_592_000, &problems)
            ?? (fields.isNull("send_ttl_seconds") ? nil : current?.proposal.sendTTLSeconds)
        let defaults = texts("variable_defaults", &problems) ?? (fields.isNull("variable_defaults") ? [:] : current?.defaults)
        let allows = fields.boolean("allow_category_change", &problems) ?? current?.allowsCategoryChange ?? true
        guard problems.isEmpty, let name, let language, let category, let provider = account?.provider ?? current?.provider,
            let accountID = account?.id ?? current?.accountID
        else { return nil }
        let proposal = TemplateProposal(
            // WhatsApp itself writes both en-US and en_US.
            name: name, language: String(language.map { $0 == "-" ? "_" : $0 }), category: category, provider: provider,
            content: content, sendTTLSeconds: lifetime)
        for flaw in proposal.check() { problems.note(FieldProblem(flaw)) }
        checkDefaults(defaults ?? [:], proposal, &problems)
        return TemplateDraft(
            proposal: proposal, accountID: accountID, defaults: defaults ?? [:], allowsCategoryChange: allows)
    }

    private func category(_ problems: inout FieldProblems) -> TemplateCategory? {
        guard let word = fields.text("category", &problems) else { return nil }
        if let category = TemplateCategory(rawValue: word.lowercased()) { return category }
        problems.note("category_unknown", "category", "`category` must be marketing, utility or authentication.")
        return nil
    }

    private func content(
        over current: TemplateContent?, _ category: TemplateCategory?, _ problems: inout FieldProblems
    ) -> TemplateContent {
        var content = current ?? TemplateContent()
        // What the provider wrote into an authentication template is not its author's to keep.
        if category == .authentication { content.body = nil }
        content.otherComponents = []
        if fields.isNull("header") { content.header = nil }
        if let header = fields["header"] { content.header = Self.header(header, &problems) }
        if fields.isNull("body") { content.body = nil }
        if let body = fields.text("body", &problems) { content.body = body }
        if fields.isNull("footer") { content.footer = nil }
        if let footer = fields.text("footer", &problems) { content.footer = footer }
        if fields.isNull("buttons") { content.buttons = [] }
        if let list = list("buttons", &problems) {
            content.buttons = list.enumerated().compactMap { Self.button($1, "buttons[\($0)].", &problems) }
        }
        if fields.isNull("add_security_recommendation") { content.addsSecurityRecommendation = false }
        if let adds = fields.boolean("add_security_recommendation", &problems) { content.addsSecurityRecommendation = adds }
        if fields.isNull("code_expiration_minutes") { content.codeExpirationMinutes = nil }
        if let minutes = fields.integer("code_expiration_minutes", in: 1...90, &problems) {
            content.codeExpirationMinutes = minutes
        }
        if let examples = texts("examples", &problems) {
            content.examples = examples
        } else if current != nil {
            // Those of variables that are no more would only be in the way.
            let category = category ?? .utility
            let known = [Provider.meta, .twilio].flatMap { provider in
                TemplateDefinition.variables(of: content, category: category, provider: provider).map(\.name)
            }
            content.examples = fields.isNull("examples") ? [:] : content.examples.filter { known.contains($0.key) }
        }
        return content
    }

    private static func header(_ value: JSONValue, _ problems: inout FieldProblems) -> TemplateHeader? {
        let reader = FieldReader(value, path: "header.", known: ["format", "text"], problems: &problems)
        guard value.kind == .object, let format = reader.requiredText("format", &problems)?.lowercased() else { return nil }
        if format == "text" { return reader.requiredText("text", &problems).map { .text($0) } }
        if reader.has("text") {
            problems.note("content_mismatch", "header.text", "Only a header of the format text has `text`.")
        }
        if format == "location" { return .location }
        if let media = TemplateMedia(rawValue: format) { return .media(media) }
        problems.note(
            "header_format_unknown", "header.format", "`header.format` must be text, image, video, document or location.")
        return nil
    }

    private static func button(_ value: JSONValue, _ path: String, _ problems: inout FieldProblems) -> TemplateButton? {
        let known = [
            "type", "text", "url", "phone_number", "otp_type", "autofill_text", "apps", "zero_tap_terms_accepted",
        ]
        let reader = FieldReader(value, path: path, known: known, problems: &problems)
        guard value.kind == .object, let type = reader.requiredText("type", &problems)?.lowercased() else { return nil }
        func only(_ allowed: String...) {
            for name in known where name != "type" && !allowed.contains(name) && reader.has(name) {
                problems.note("content_mismatch", path + name, "A button of the type \(type) has no `\(name)`.")
            }
        }
        switch type {
        case "quick_reply":
            only("text")
            return reader.requiredText("text", &problems).map { .quickReply(text: $0) }
        case "url":
            only("text", "url")
            let (text, url) = (reader.requiredText("text", &problems), reader.requiredText("url", &problems))
            if let text, let url { return .url(text: text, url: url) }
        case "phone_number":
            only("text", "phone_number")
            let (text, number) = (reader.requiredText("text", &problems), reader.requiredText("phone_number", &problems))
            if let text, let number { return .phoneNumber(text: text, number: number) }
        case "copy_code":
            only()
            return .copyCode
        case "otp":
            only("text", "otp_type", "autofill_text", "apps", "zero_tap_terms_accepted")
            return oneTimeCode(reader, &problems).map { .oneTimeCode($0) }
        default:
            problems.note(
                "button_type_unknown", path + "type",
                "`\(path)type` must be quick_reply, url, phone_number, copy_code or otp.")
        }
        return nil
    }

    private static func oneTimeCode(_ reader: FieldReader, _ problems: inout FieldProblems) -> OneTimeCode? {
        let word = reader.text("otp_type", &problems)?.lowercased() ?? OneTimeCode.Way.copyCode.rawValue
        guard let way = OneTimeCode.Way(rawValue: word) else {
            problems.note(
                "otp_type_unknown", reader.path + "otp_type", "`\(reader.path)otp_type` must be copy_code, one_tap or zero_tap.")
            return nil
        }
        var code = OneTimeCode(
            way: way, text: reader.text("text", &problems), autofillText: reader.text("autofill_text", &problems),
            acceptsZeroTapTerms: reader.boolean("zero_tap_terms_accepted", &problems) ?? false)
        guard let apps = reader["apps"] else { return code }
        guard let list = apps.elements, list.count <= 5 else {
            problems.note("field_wrong_type", reader.path + "apps", "`\(reader.path)apps` must be a list of at most 5 apps.")
            return code
        }
        for (index, app) in list.enumerated() {
            let path = "\(reader.path)apps[\(index)]."
            let fields = FieldReader(app, path: path, known: ["package_name", "signature_hash"], problems: &problems)
            code.apps.append(
                OneTimeCode.App(
                    package: fields.requiredText("package_name", &problems) ?? "",
                    signatureHash: fields.requiredText("signature_hash", &problems) ?? ""))
        }
        return code
    }

    private func checkDefaults(_ defaults: [String: String], _ proposal: TemplateProposal, _ problems: inout FieldProblems) {
        let names = proposal.variables.filter { $0.component == .body }.map(\.name)
        for name in defaults.keys.sorted() where !names.contains(name) {
            problems.note(
                "variable_default_unknown", "variable_defaults.\(name.shortened)",
                "The body has no variable `\(name.shortened)`.")
        }
    }

    private func list(_ name: String, _ problems: inout FieldProblems) -> [JSONValue]? {
        guard let value = fields[name] else { return nil }
        guard let list = value.elements, list.count <= Self.entriesMax else {
            problems.note("field_wrong_type", name, "`\(name)` must be a list.")
            return nil
        }
        return list
    }

    private func texts(_ name: String, _ problems: inout FieldProblems) -> [String: String]? {
        guard let value = fields[name] else { return nil }
        guard let members = value.members, members.count <= Self.entriesMax else {
            problems.note("field_wrong_type", name, "`\(name)` must be an object of texts by the names of variables.")
            return nil
        }
        var texts: [String: String] = [:]
        for (key, value) in members {
            guard let text = value.string, text.utf8.count <= 4_096 else {
                problems.note("field_wrong_type", "\(name).\(key.shortened)", "`\(name).\(key.shortened)` must be a short text.")
                continue
            }
            texts[key] = text
        }
        return texts
    }
}

extension FieldProblems {
    mutating func note(_ problem: FieldProblem) { note(problem.code, problem.field, problem.detail) }
}
