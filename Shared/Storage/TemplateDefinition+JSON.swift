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
        provider: Provider = .meta,
        components: JSONValue,
        defaults: JSONValue? = nil
    ) {
        let content = TemplateContent(components: components)
        // A category Meta invents later is treated as the one with the strictest rules.
        let category = TemplateCategory(rawValue: category.lowercased()) ?? .marketing
        self.init(
            name: name,
            language: language,
            category: category,
            status: TemplateStatus(rawValue: status.lowercased()) ?? .unknown,
            parameterFormat: ParameterFormat(rawValue: parameterFormat.lowercased()) ?? .positional,
            provider: provider,
            bodyText: content.body,
            variables: Self.variables(
                of: content, category: category, provider: provider, fallbacks: Self.texts(defaults))
        )
    }

    static func texts(_ object: JSONValue?) -> [String: String] {
        var texts: [String: String] = [:]
        for (name, value) in object?.members ?? [] { texts[name] = value.string }
        return texts
    }
}
