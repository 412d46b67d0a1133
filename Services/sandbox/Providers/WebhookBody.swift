import JSON

/// Writes webhook bodies as Meta does, and knows nothing of when they are sent.
enum WebhookBody {
    /// - Parameter items: of one account (WABA).
    static func statuses(_ items: ArraySlice<ReceiptQueue.Item>, of account: PhoneAccount) -> [UInt8] {
        var writer = JSONWriter(capacity: 400 + items.count * 460)
        envelope(&writer, accountID: account.accountID) { changes in
            var rest = items
            while let phone = rest.first?.send.account {
                let own = rest.prefix { $0.send.account === phone }
                rest = rest.dropFirst(own.count)
                messagesChange(&changes, phone) { value in
                    value.field("statuses", array: { list in for item in own { status(&list, item) } })
                }
            }
        }
        return escaped(writer.bytes)
    }

    static func inbound(
        from: String,
        name: String,
        text: String,
        id: String,
        timestamp: Int64,
        to phone: PhoneAccount
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        envelope(&writer, accountID: phone.accountID) { changes in
            messagesChange(&changes, phone) { value in
                value.field(
                    "contacts",
                    array: { list in
                        list.object { contact in
                            contact.field("profile", object: { $0.field("name", name) })
                            contact.field("wa_id", from)
                        }
                    }
                )
                value.field(
                    "messages",
                    array: { list in
                        list.object { message in
                            message.field("from", from)
                            message.field("id", id)
                            message.field("timestamp", String(timestamp))
                            message.field("type", "text")
                            message.field("text", object: { $0.field("body", text) })
                        }
                    }
                )
            }
        }
        return escaped(writer.bytes)
    }

    static func templateStatus(
        _ template: ShelvedTemplate,
        event: String,
        accountID: String,
        at seconds: Int64
    )
        -> [UInt8]
    {
        var writer = JSONWriter(capacity: 512)
        envelope(&writer, accountID: accountID, time: seconds) { changes in
            changes.object { change in
                change.field("field", "message_template_status_update")
                change.field(
                    "value",
                    object: { value in
                        value.field("event", event)
                        value.field("message_template_id", Int64(template.id) ?? 0)
                        value.field("message_template_name", template.name)
                        value.field("message_template_language", template.language)
                        value.field("message_template_category", template.category)
                        value.field("reason", template.rejectedReason)
                    }
                )
            }
        }
        return escaped(writer.bytes)
    }

    private static func envelope(
        _ writer: inout JSONWriter,
        accountID: String,
        time: Int64? = nil,
        _ changes: (inout JSONWriter) -> Void
    ) {
        writer.object { body in
            body.field("object", "whatsapp_business_account")
            body.field(
                "entry",
                array: { entries in
                    entries.object { entry in
                        entry.field("id", accountID)
                        entry.field("time", time)
                        entry.field("changes", array: changes)
                    }
                }
            )
        }
    }

    private static func messagesChange(
        _ changes: inout JSONWriter,
        _ phone: PhoneAccount,
        _ content: (inout JSONWriter) -> Void
    ) {
        changes.object { change in
            change.field("field", "messages")
            change.field(
                "value",
                object: { value in
                    value.field("messaging_product", "whatsapp")
                    value.field(
                        "metadata",
                        object: { metadata in
                            metadata.field("display_phone_number", phone.displayPhoneNumber)
                            metadata.field("phone_number_id", phone.phoneNumberID)
                        }
                    )
                    content(&value)
                }
            )
        }
    }

    private static func status(_ list: inout JSONWriter, _ item: ReceiptQueue.Item) {
        let send = item.send
        let word = item.receipt.word
        list.object { status in
            status.field("id", send.id)
            status.field("status", word.text)
            status.field("timestamp", String(item.timestamp))
            status.field("recipient_id", send.recipient)
            if item.receipt.carriesCallbackData {
                status.field("biz_opaque_callback_data", send.callbackData)
            }
            switch word {
            // With `sent` and with one of the two others, as Meta does since prices are per message.
            case .sent, .delivered: pricing(&status, send.category)
            case .read: break
            case .failed: errors(&status, Int(item.receipt.code))
            }
        }
    }

    private static func pricing(_ status: inout JSONWriter, _ category: String) {
        status.field(
            "pricing",
            object: { pricing in
                pricing.field("billable", true)
                pricing.field("pricing_model", "PMP")
                pricing.field("type", "regular")
                pricing.field("category", category)
            }
        )
    }

    private static func errors(_ status: inout JSONWriter, _ code: Int) {
        let error = GraphError.of(code)
        status.field(
            "errors",
            array: { errors in
                errors.object { object in
                    object.field("code", error.code)
                    object.field("title", error.title)
                    object.field("message", error.title)
                    object.field("error_data", object: { $0.field("details", error.details) })
                    object.field("href", "/documentation/business-messaging/whatsapp/support/error-codes")
                }
            }
        )
    }

    /// Meta writes everything beyond ASCII as `\uXXXX`, so a receiver that signs its own rendering fails.
    static func escaped(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x80 }) else { return json }
        var output: [UInt8] = []
        output.reserveCapacity(json.count * 2)
        for unit in String(decoding: json, as: UTF8.self).utf16 {
            if unit < 0x80 {
                output.append(UInt8(unit))
            } else {
                let digits = String(unit, radix: 16)
                output += Array("\\u".utf8) + Array(repeatElement(UInt8(ascii: "0"), count: 4 - digits.count))
                output += Array(digits.utf8)
            }
        }
        return output
    }
}
