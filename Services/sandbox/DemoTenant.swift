import Crypto
import JSON
import Models
import Postgres
import Runtime
import Storage

/// The tenants to try things with: a community with events, members and payments, and a second one beside it.
struct DemoTenant {
    enum Which: Equatable {
        case first
        case second
    }

    private let which: Which
    private let key: APIKey

    init(_ which: Which, key: APIKey) {
        self.which = which
        self.key = key
    }

    private var slug: String {
        switch which {
        case .first: "demo"
        case .second: "demo-two"
        }
    }

    var setup: TenantSetup {
        TenantSetup(
            id: TenantID(stableID("tenant")),
            slug: slug,
            name: which == .first ? "Demo" : "Demo Two",
            defaultRegion: "IT",
            timeZone: "Europe/Rome",
            sender: sender,
            templates: templates("template") { _ in nil },
            key: key,
            keyID: APIKeyID(stableID("key \(key.prefix)")),
            keyName: "demo"
        )
    }

    /// Twilio has no names for templates, only ids.
    var twilioTemplates: [TemplateSetup] {
        templates("twilio template") { "HX" + Hexadecimal.encode(Array(SHA256.hash($0).prefix(16))) }
    }

    private func templates(_ kind: String, providerID: (String) -> String?) -> [TemplateSetup] {
        DemoTemplate.all.map { template in
            TemplateSetup(
                id: TemplateID(stableID("\(kind) \(template.name)")),
                name: template.name,
                category: template.category,
                status: template.status,
                parameterFormat: template.parameterFormat,
                components: template.components,
                defaults: template.defaultsText,
                providerTemplateID: providerID(template.name)
            )
        }
    }

    /// The demo's numbers at Meta, each with its account: the stand-in knows them from the start.
    static let numbers = [
        (id: "100200300400500", account: "900800700600500", display: "+39 02 1234 5678"),
        (id: "100200300400501", account: "900800700600501", display: "+39 02 1234 5679"),
    ]

    /// The stand-in for Meta knows these numbers and this token.
    private var sender: SenderSetup {
        let isFirst = which == .first
        let number = Self.numbers[isFirst ? 0 : 1]
        return SenderSetup(
            id: SenderID(stableID("sender")),
            name: isFirst ? "Demo" : "Demo Two",
            displayPhoneNumber: number.display,
            phoneNumberID: number.id,
            accountID: number.account,
            accessToken: Secret("sandbox-token-demo")
        )
    }

    /// The second tenant also sends through Twilio; the stand-in takes this account's token.
    var twilioSender: SenderSetup? {
        switch which {
        case .first: return nil
        case .second:
            var sender = SenderSetup(
                id: SenderID(stableID("twilio sender")),
                name: "Demo Two by Twilio",
                displayPhoneNumber: "+1 415 555 0100",
                phoneNumberID: "whatsapp:+14155550100",
                accountID: "AC900800700600501900800700600501aa",
                accessToken: Secret("sandbox-token-demo")
            )
            (sender.provider, sender.isDefault) = (.twilio, false)
            return sender
        }
    }

    /// The same thing has the same id on every machine: a version 8 UUID of its name.
    private func stableID(_ name: String) -> UUIDValue {
        let hash = SHA256.hash("tidings demo \(slug) \(name)")
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return UUIDValue(
            high: word(hash[0..<8]) & 0xFFFF_FFFF_FFFF_0FFF | 0x8000,
            low: word(hash[8..<16]) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        )
    }
}

/// A template as Meta would list it.
struct DemoTemplate {
    var name: String
    var category = "UTILITY"
    var status = "APPROVED"
    var parameterFormat = "NAMED"
    var body: String
    var footer: String?
    var defaults: [String: String] = [:]
    /// Shows a code in the body and carries it in a button.
    var copiesCode = false

    static let all: [DemoTemplate] = [
        DemoTemplate(
            name: "event_reminder_24h",
            body: "Hi {{attendee_name}}, {{event_name}} starts tomorrow at {{event_time}}. See you there.",
            defaults: ["event_name": "your event", "event_time": "the time on your ticket"]
        ),
        DemoTemplate(
            name: "check_in_instructions",
            body:
                "Your check-in for {{event_name}} is ready. Show this code at the door: {{qr_code_url}} - see you soon."
        ),
        DemoTemplate(
            name: "event_update",
            body: "There is news about {{event_name}}: {{update_message}} - thank you for reading."
        ),
        DemoTemplate(
            name: "welcome_new_member",
            body: "Welcome, {{member_name}}! We are glad that you have joined us."
        ),
        DemoTemplate(
            name: "commission_received",
            body: "Hi {{member_name}}, you have received a commission of {{amount}} on {{date}}. Well done!"
        ),
        DemoTemplate(
            name: "withdrawal_requested",
            body:
                "Hi {{member_name}}, we have received your request to withdraw {{amount}}. We will look at it soon."
        ),
        DemoTemplate(
            name: "withdrawal_approved",
            body: "Hi {{member_name}}, your withdrawal of {{amount}} was approved and is on its way."
        ),
        DemoTemplate(
            name: "withdrawal_rejected",
            body:
                "Hi {{member_name}}, your withdrawal of {{amount}} was not approved. Reason: {{reason}}. Please write to us."
        ),
        DemoTemplate(
            name: "login_code",
            category: "AUTHENTICATION",
            parameterFormat: "POSITIONAL",
            body: "*{{1}}* is your verification code.",
            copiesCode: true
        ),
        DemoTemplate(
            name: "spring_offer",
            category: "MARKETING",
            body: "Hi {{first_name}}, our spring offer is here: {{discount}} off until Sunday.",
            footer: "Reply STOP to hear no more offers."
        ),
        DemoTemplate(
            name: "seat_upgrade",
            status: "PENDING",
            body: "Hi {{attendee_name}}, a better seat is free: {{seat}} is yours now."
        ),
    ]

    var components: JSONText {
        var writer = JSONWriter()
        writer.array { list in
            list.object { writer in
                writer.field("type", "BODY")
                writer.field("text", body)
            }
            if let footer {
                list.object { writer in
                    writer.field("type", "FOOTER")
                    writer.field("text", footer)
                }
            }
            if copiesCode { list.object(writeCopyButton) }
        }
        return JSONText(writer.bytes)
    }

    var defaultsText: JSONText {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, value) in defaults.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.string(value)
            }
        }
        return JSONText(writer.bytes)
    }

    private func writeCopyButton(into writer: inout JSONWriter) {
        writer.field("type", "BUTTONS")
        writer.field(
            "buttons",
            array: { buttons in
                buttons.object { button in
                    button.field("type", "URL")
                    button.field("text", "Copy code")
                    button.field("url", "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}")
                }
            }
        )
    }
}
