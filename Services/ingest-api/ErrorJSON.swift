import JSON
import Models

/// A provider's code with what it means for the tenant and who can do something about it.
enum ErrorJSON {
    /// - Parameters:
    ///   - provider: nil where nobody knows whose code it is.
    ///   - details: the provider's own words.
    static func writeFields(
        of code: Int, from provider: Provider?, details: String? = nil, into writer: inout JSONWriter
    ) {
        let meaning = meaning(of: code, from: provider)
        writer.field("code", code)
        writer.field("title", meaning.title)
        writer.field("explanation", meaning.explanation)
        writer.field("remedy", meaning.remedy)
        writer.field("who_acts", meaning.who.rawValue)
        writer.field("class", meaning.class.rawValue)
        writer.field("provider_details", details)
    }

    static func meaning(of code: Int, from provider: Provider?) -> ErrorClassification {
        guard let provider else { return ProviderErrors.describe(code: code) }
        return ProviderErrors.classify(code: code, from: provider)
    }
}
