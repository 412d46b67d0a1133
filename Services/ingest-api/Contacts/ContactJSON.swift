import APIKit
import JSON
import Models
import Postgres
import Storage

extension Contact {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("phone", orNull: phone)
        writer.field("user_id", orNull: userID)
        writer.field("external_id", orNull: externalID)
        writer.field("name", name)
        writer.field("profile_name", orNull: profileName)
        writer.field("username", orNull: username)
        writer.field("language", orNull: language)
        writer.field("attributes", raw: attributes.bytes)
        writer.field("tags", tags)
        writer.field("origin", origin)
        writer.field(
            "consents",
            array: { list in
                for consent in consents {
                    list.object { writer in
                        writer.field("category", consent.category.rawValue)
                        writer.field("status", consent.status.rawValue)
                        writer.field("source", consent.source)
                        writer.field("at", consent.at.rfc3339)
                    }
                }
            })
        writer.field("last_inbound_at", orNull: lastInboundAt?.rfc3339)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
    }
}

extension ContactStore.Detail {
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 2_048)
        writer.object { writer in
            contact.writeFields(into: &writer)
            writer.field(
                "suppressions",
                array: { list in for entry in suppressions { list.object { entry.writeFields(into: &$0) } } })
            writer.field(
                "service_windows",
                array: { list in
                    for window in windows {
                        list.object { writer in
                            writer.field("sender_id", window.senderID.description)
                            writer.field("open_until", window.openUntil.rfc3339)
                        }
                    }
                })
        }
        return writer.bytes
    }
}

extension Suppression {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("recipient", recipient)
        writer.field("category", category.word)
        writer.field("reason", reason.rawValue)
        writer.field("source", source)
        writer.field("note", orNull: note)
        writer.field("until", orNull: until?.rfc3339)
        writer.field("created_at", createdAt.rfc3339)
    }
}

extension ConsentRecord {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("category", category.rawValue)
        writer.field("status", status.rawValue)
        writer.field("source", source)
        writer.field("at", at.rfc3339)
        writer.field("recorded_at", recordedAt.rfc3339)
        writer.field("recorded_by", actor)
        writer.field("evidence", orNull: evidence)
        writer.field("inbound_message_id", orNull: inboundMessageID?.description)
        writer.field("is_applied", isApplied)
    }
}

enum ListJSON {
    /// `{"data":[…],"next_cursor":…}`
    static func body<Entry>(
        of entries: [Entry], next: String?, _ write: (Entry, inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 + entries.count * 512)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in for entry in entries { list.object { write(entry, &$0) } } })
            writer.field("next_cursor", orNull: next)
        }
        return writer.bytes
    }
}
