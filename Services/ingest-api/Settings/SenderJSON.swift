import JSON
import Models
import Storage

extension SenderRecord {
    /// - Parameter webhooks: where providers reach webhook-receiver, if that is known.
    func writeFields(webhooks: String?, into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("provider", provider.rawValue)
        writer.field("status", status.rawValue)
        writer.field("is_default", isDefault)
        writer.field("display_phone_number", displayPhoneNumber)
        writer.field("phone_number_id", phoneNumberID)
        writer.field("account_id", accountID)
        writer.field("messaging_service_id", orNull: messagingServiceID)
        writer.field("portfolio_id", orNull: portfolioID)
        writer.field("has_access_token", true)
        writer.field("has_app_secret", hasAppSecret)
        writer.field("previous_app_secret_until", orNull: previousAppSecretUntil?.rfc3339)
        writer.field("has_verify_token", hasVerifyToken)
        writer.field("webhook_url", orNull: webhooks.map(webhookURL))
        writer.field("messages_per_second", messagesPerSecond)
        writer.field("in_flight_max", inFlightMax)
        writer.field("pair_burst", pairBurst)
        writer.field("rate_limit_tier", orNull: tier?.constant)
        writer.field("verification", object: writeVerification)
        writer.field("token", object: writeToken)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
    }

    /// A tenant's own app has an address of its own; all others share one.
    private func webhookURL(_ base: String) -> String {
        switch provider {
        case .meta: base + "/webhooks/meta" + (hasAppSecret ? "/\(id)" : "")
        case .twilio: base + "/webhooks/twilio/\(id)"
        }
    }

    private func writeVerification(into writer: inout JSONWriter) {
        writer.field("verified_at", orNull: verifiedAt?.rfc3339)
        writer.field("problem", orNull: problem?.rawValue)
        writer.field("explanation", orNull: problem?.words)
        writer.field("verified_name", orNull: verifiedName)
        writer.field("provider_status", orNull: providerStatus)
        writer.field("quality_rating", orNull: qualityRating)
        writer.field("throughput", orNull: throughput)
        writer.field("can_send", orNull: canSend)
        writer.field("failed_checks", checksFailed)
    }

    /// `expires_at` is null for one that does not expire, and while `checked_at` is null nobody knows.
    private func writeToken(into writer: inout JSONWriter) {
        writer.field("expires_at", orNull: tokenExpiresAt?.rfc3339)
        writer.field("checked_at", orNull: tokenCheckedAt?.rfc3339)
        writer.key("scopes")
        if let tokenScopes {
            writer.array { list in for scope in tokenScopes { list.string(scope) } }
        } else {
            writer.null()
        }
    }
}
