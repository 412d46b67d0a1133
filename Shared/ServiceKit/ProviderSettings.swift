package import Runtime

/// Where WhatsApp's providers are, under the same names in every service that calls them.
package struct ProviderSettings: Sendable {
    package let metaURL: String
    package let metaVersion: String
    package let twilioURL: String
    /// Twilio's templates live at an address of their own.
    package let twilioContentURL: String
    /// And so do its lists of senders.
    package let twilioMessagingURL: String
    /// Where providers reach webhook-receiver, without a slash at its end. Nil: nobody said.
    package let publicWebhookURL: String?
    /// For one call that sends nothing.
    package let deadline: Duration

    package init(_ reader: SettingsReader) {
        metaURL = reader.url("META_API_URL", default: "https://graph.facebook.com")
        metaVersion = reader.text("META_API_VERSION", default: "v25.0")
        twilioURL = reader.url("TWILIO_API_URL", default: "https://api.twilio.com")
        twilioContentURL = reader.url("TWILIO_CONTENT_URL", default: "https://content.twilio.com")
        twilioMessagingURL = reader.url("TWILIO_MESSAGING_URL", default: "https://messaging.twilio.com")
        deadline = reader.duration(
            "PROVIDER_DEADLINE", default: .seconds(10), in: .milliseconds(100) ... .seconds(60))
        publicWebhookURL = reader.optionalURL("PUBLIC_WEBHOOK_URL").map { url in
            url.hasSuffix("/") ? String(url.dropLast()) : url
        }
    }
}
