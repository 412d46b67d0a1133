import HTTPServer
import JSON
import Models

/// What somebody types to write or change a template, as a form, as a picture, and as the API wants it.
struct TemplateForm: Sendable {
    private static let buttonsShown = 3
    private static let buttonsMax = 10
    private static let examplePrefix = "ex."
    private static let defaultPrefix = "df."

    var input: FormInput
    let accounts: [JSONValue]
    /// What WhatsApp has keeps its name and its language.
    let isNew: Bool

    /// What was typed, its buttons without gaps: as the API counts them.
    init(_ input: FormInput, accounts: [JSONValue], isNew: Bool) {
        self.accounts = accounts
        self.isNew = isNew
        self.input = input
        let used = (0..<Self.buttonsMax).filter { input.isOn("b\($0).type") }
        for index in 0..<Self.buttonsMax {
            for part in ["type", "text", "value"] {
                self.input.texts["b\(index).\(part)"] = index < used.count ? input["b\(used[index]).\(part)"] : nil
            }
        }
    }

    /// A template as it is, or as its changes will make it.
    init(of template: JSONValue, accounts: [JSONValue]) {
        let shown = template["changes"] ?? template
        var texts: [String: String] = [:]
        for name in ["name", "language", "account_id"] { texts[name] = template.text(name) }
        for name in ["category", "body", "footer"] { texts[name] = shown.text(name) }
        texts["header_format"] = shown["header"]?.text("format")
        texts["header_text"] = shown["header"]?.text("text")
        texts["add_security_recommendation"] = shown.isTrue("add_security_recommendation") ? "yes" : ""
        texts["code_expiration_minutes"] = shown["code_expiration_minutes"]?.integer.map { "\($0)" }
        for (index, button) in shown.list("buttons").enumerated() {
            texts["b\(index).type"] = button.text("type")
            texts["b\(index).text"] = button.text("text")
            texts["b\(index).value"] = button["url"]?.string ?? button.text("phone_number")
        }
        for (name, example) in shown.texts("examples") { texts[Self.examplePrefix + name] = example }
        for (name, text) in template.texts("variable_defaults") { texts[Self.defaultPrefix + name] = text }
        self.init(FormInput(texts: texts), accounts: accounts, isNew: template.text("status") == "draft")
    }

    // MARK: As the API wants it

    func write(into writer: inout JSONWriter) {
        if isNew {
            writer.field("name", input["name"])
            writer.field("language", input["language"])
        }
        writer.field("category", input["category"])
        writer.key("header")
        if let format = header {
            writer.object { writer in
                writer.field("format", format)
                if format == "text" { writer.field("text", input["header_text"]) }
            }
        } else {
            writer.null()
        }
        writer.field("body", orNull: isAuthentication ? nil : input["body"])
        writer.field("footer", typedOrNull: input["footer"])
        writer.field("buttons", array: { list in for index in buttons { list.object { writeButton(index, into: &$0) } } })
        if isAuthentication {
            writer.field("add_security_recommendation", input.isOn("add_security_recommendation"))
            writer.field("code_expiration_minutes", number: input["code_expiration_minutes"])
        } else {
            writer.key("examples")
            writer.texts(variables.compactMap { variable in
                let text = input[Self.examplePrefix + variable.name]
                return text.isEmpty ? nil : (variable.name, text)
            })
            writer.key("variable_defaults")
            writer.texts(variables.compactMap { variable in
                let text = input[Self.defaultPrefix + variable.name]
                return variable.component != .body || text.isEmpty ? nil : (variable.name, text)
            })
        }
    }

    private func writeButton(_ index: Int, into writer: inout JSONWriter) {
        let (type, value) = (input["b\(index).type"], input["b\(index).value"])
        writer.field("type", type)
        if type != "copy_code" { writer.field("text", typed: input["b\(index).text"]) }
        switch type {
        case "url": writer.field("url", value)
        case "phone_number": writer.field("phone_number", value)
        case "otp": writer.field("otp_type", "copy_code")
        default: break
        }
    }

    private var isAuthentication: Bool { input["category"] == TemplateCategory.authentication.rawValue }
    private var header: String? { input.isOn("header_format") ? input["header_format"] : nil }
    private var buttons: [Int] { (0..<Self.buttonsMax).filter { input.isOn("b\($0).type") } }

    // MARK: As a picture

    /// With the examples that there are; other places stay as they are written.
    var bubble: Bubble {
        let category = TemplateCategory(rawValue: input["category"]) ?? .utility
        var content = content
        content.examples = Dictionary(input.group(Self.examplePrefix).map { ($0.name, $0.text) }) { first, _ in first }
        return Bubble(content.rendered(category: category, with: content.exampleValues(for: variables)))
    }

    private var variables: [TemplateVariable] {
        TemplateDefinition.variables(
            of: content, category: TemplateCategory(rawValue: input["category"]) ?? .utility, provider: provider)
    }

    private var provider: Provider {
        let chosen = accounts.first { $0.text("account_id") == input["account_id"] } ?? accounts.first
        return chosen?.text("provider") == "twilio" ? .twilio : .meta
    }

    private var content: TemplateContent {
        let header: TemplateHeader? =
            switch input["header_format"] {
            case "text": .text(input["header_text"])
            case "location": .location
            case let format: TemplateMedia(rawValue: format).map(TemplateHeader.media)
            }
        return TemplateContent(
            header: header, body: isAuthentication ? nil : input["body"],
            footer: input.isOn("footer") ? input["footer"] : nil, buttons: buttons.compactMap(button),
            addsSecurityRecommendation: input.isOn("add_security_recommendation"),
            codeExpirationMinutes: isAuthentication ? Int(input["code_expiration_minutes"]) : nil)
    }

    private func button(_ index: Int) -> TemplateButton? {
        let (text, value) = (input["b\(index).text"], input["b\(index).value"])
        return switch input["b\(index).type"] {
        case "quick_reply": .quickReply(text: text)
        case "url": .url(text: text, url: value)
        case "phone_number": .phoneNumber(text: text, number: value)
        case "copy_code": .copyCode
        case "otp": .oneTimeCode(OneTimeCode(text: text.isEmpty ? nil : text))
        default: nil
        }
    }

    // MARK: As a form

    /// - Parameter previews: where the form is shown with its picture, and nothing is kept.
    func form(_ action: String, submit: String, previews: String, cancel: String, problem: Problem?) -> Form {
        var form = Form(action: action, submit: submit, fields: fields)
        form.dependent = dependentFields
        form.values = input.texts
        form.problem = problem
        form.cancel = cancel
        form.previews = previews
        form.extra = "<button class=\"btn btn-plain\" formaction=\"\(previews)\" formnovalidate>Preview</button>"
        return form
    }

    private var fields: [Field] {
        var fields: [Field] = []
        if isNew {
            fields += [
                .line("name", "Name", hint: "Small letters, digits and _ .", isRequired: true, placeholder: "order_left"),
                .line("language", "Language", hint: "Of its text: en, en_US, it, pt_BR …", isRequired: true),
            ]
        }
        fields.append(
            .choice(
                "category", "Category", TemplateWords.categories,
                hint: "Utility tells of something the recipient did; marketing advertises; authentication is a login code."))
        if isNew, accounts.count > 1 {
            fields.append(.choice("account_id", "Account", accounts.map(Self.account), hint: "Through which it is sent."))
        }
        fields += [
            .choice("header_format", "Header", Self.headers, api: "header"),
            .line("header_text", "Text of the header", hint: "At most 60 characters and one variable.", api: "header.text"),
            .area(
                "body", "Text", rows: 6,
                hint: "Variables as {{first_name}}. *bold*, _italic_. WhatsApp writes the text of a login code itself."),
            .line("footer", "Footer", hint: "At most 60 characters, no variables.", isWide: true),
        ]
        if isAuthentication {
            fields += [
                .check("add_security_recommendation", "Add “do not share this code”"),
                .line("code_expiration_minutes", "The code expires after, in minutes", type: "number"),
            ]
        }
        fields.append(.heading("Buttons"))
        for index in 0..<min(Self.buttonsMax, max(Self.buttonsShown, buttons.count + 1)) {
            let type = input["b\(index).type"]
            let path = "buttons[\(index)]"
            fields += [
                .choice("b\(index).type", "Button \(index + 1)", Self.buttonTypes, api: path),
                .line("b\(index).text", "Label of button \(index + 1)", api: path + ".text"),
                .line(
                    "b\(index).value", "Address or number of button \(index + 1)",
                    api: path + (type == "phone_number" ? ".phone_number" : ".url"), isWide: true,
                    placeholder: "https://shop.example/orders/{{1}}"),
            ]
        }
        return fields
    }

    /// One for each variable: what a reviewer at WhatsApp sees in its place.
    private var dependentFields: [Field] {
        let asked = variables.filter { !$0.isOptional && $0.kind != .location }
        guard !asked.isEmpty, !isAuthentication else { return [] }
        return [.heading("Examples", hint: "WhatsApp's reviewers want to see one for each variable.")]
            + asked.flatMap { variable -> [Field] in
                let isFile = variable.component == .header && variable.placeholder.isEmpty
                let example = Field.line(
                    Self.examplePrefix + variable.name, "Example for \(variable.name)",
                    hint: isFile ? "The https address of a file." : "", isRequired: true,
                    api: "examples.\(variable.name)")
                guard variable.component == .body else { return [example] }
                return [
                    example,
                    .line(
                        Self.defaultPrefix + variable.name, "Where a message leaves \(variable.name) out",
                        api: "variable_defaults.\(variable.name)"),
                ]
            }
    }

    private static func account(_ account: JSONValue) -> (value: String, title: String) {
        (account.text("account_id"), "\(Piece.sentence(account.text("provider"))) \(account.text("account_id"))")
    }

    private static let headers: [(value: String, title: String)] = [
        ("", "None"), ("text", "A text"), ("image", "A picture"), ("video", "A video"), ("document", "A document"),
        ("location", "A place on the map"),
    ]
    private static let buttonTypes: [(value: String, title: String)] = [
        ("", "None"), ("quick_reply", "Quick reply"), ("url", "Opens a page"), ("phone_number", "Calls a number"),
        ("copy_code", "Copies an offer's code"), ("otp", "Copies a login code"),
    ]
}

extension JSONWriter {
    fileprivate mutating func texts(_ texts: [(String, String)]) {
        object { writer in
            for (name, text) in texts {
                writer.key(name)
                writer.string(text)
            }
        }
    }
}
