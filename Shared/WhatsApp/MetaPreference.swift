internal import JSON
package import Models

/// Somebody switched a business's messages off or on in WhatsApp (Meta, webhook field `user_preferences`).
package struct MetaPreference: Sendable, Hashable {
    /// Digits without a plus sign.
    package let number: String?
    package let userID: String?
    package let profileName: String?
    package let category: TemplateCategory
    package let status: ConsentStatus
    package let at: Timestamp

    /// Empty for a notice of another field; entries that we do not understand are left out.
    package static func read(_ notice: MetaWebhook.Notice, receivedAt: Timestamp) -> [MetaPreference] {
        guard notice.field == "user_preferences", let value = (try? JSONDocument(parsing: notice.value))?.root else {
            return []
        }
        return (value["user_preferences"]?.elements ?? []).compactMap { entry in
            // The only category that Meta names.
            guard entry["category"]?.string == "marketing_messages", let status = status(entry["value"]?.string) else {
                return nil
            }
            let (number, userID) = (entry["wa_id"]?.string, entry["user_id"]?.string)
            let contact = (value["contacts"]?.elements ?? []).first { contact in
                (number != nil && contact["wa_id"]?.string == number)
                    || (userID != nil && contact["user_id"]?.string == userID)
            }
            return MetaPreference(
                number: number, userID: userID ?? contact?["user_id"]?.string,
                profileName: contact?["profile"]?["name"]?.string, category: .marketing, status: status,
                at: MetaWebhook.time(entry["timestamp"], receivedAt))
        }
    }

    private static func status(_ word: String?) -> ConsentStatus? {
        switch word {
        case "stop": .optedOut
        case "resume": .optedIn
        default: nil
        }
    }
}
