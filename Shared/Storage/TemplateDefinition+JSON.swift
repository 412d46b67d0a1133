package import JSON
package import Models

/// `templates.components`, as Meta lists them.
extension TemplateDefinition {
    /// - Parameters:
    ///   - category: `MARKETING`, `UTILITY` or `AUTHENTICATION`.
    ///   - components: `[{"type":"BODY","text":"Hi {{first_name}} …"}, …]`
    ///   - defaults: `{"event_name":"your event"}`: texts for body variables that a message may leave out.
    package init(
        name: String,
        language: String,
        category: String,
        status: String,
        parameterFormat: String,
        components: JSONValue,
        defaults: JSONValue? = nil
    ) {
        var variables: [TemplateVariable] = []
        var bodyText: String?
        for component in components.elements ?? [] {
            switch component["type"]?.string?.uppercased() {
            case "HEADER": variables += Self.headerVariables(component)
            case "BODY":
                bodyText = component["text"]?.string
                variables += Self.placeholders(in: bodyText ?? "").map { place in
                    TemplateVariable(.body, place, fallback: defaults?[place]?.string.map { .text($0) })
                }
            case "BUTTONS": variables += Self.buttonVariables(component["buttons"]?.elements ?? [])
            default: continue
            }
        }
        self.init(
            name: name,
            language: language,
            // A category Meta invents later is treated as the one with the strictest rules.
            category: TemplateCategory(rawValue: category.lowercased()) ?? .marketing,
            status: TemplateStatus(rawValue: status.lowercased()) ?? .unknown,
            parameterFormat: ParameterFormat(rawValue: parameterFormat.lowercased()) ?? .positional,
            bodyText: bodyText,
            variables: variables
        )
    }

    private static func headerVariables(_ component: JSONValue) -> [TemplateVariable] {
        switch component["format"]?.string?.uppercased() {
        case "IMAGE": [TemplateVariable(.header, kind: .image)]
        case "VIDEO": [TemplateVariable(.header, kind: .video)]
        case "DOCUMENT": [TemplateVariable(.header, kind: .document)]
        case "LOCATION": [TemplateVariable(.header, kind: .location)]
        default: placeholders(in: component["text"]?.string ?? "").map { TemplateVariable(.header, $0) }
        }
    }

    private static func buttonVariables(_ buttons: [JSONValue]) -> [TemplateVariable] {
        buttons.enumerated().compactMap { index, button in
            switch button["type"]?.string?.uppercased() {
            case "URL":
                let hasPlace = button["url"]?.string?.contains("{{") ?? false
                return hasPlace ? TemplateVariable(.button(index: index, subtype: .url)) : nil
            // A one-time-code button is sent as a URL button that carries the code.
            case "OTP": return TemplateVariable(.button(index: index, subtype: .url))
            case "COPY_CODE":
                return TemplateVariable(.button(index: index, subtype: .copyCode), kind: .couponCode)
            // A quick reply's payload is optional and not a variable of the template.
            default: return nil
            }
        }
    }
}
