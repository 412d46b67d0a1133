import Models

/// A template to start from.
struct TemplateExample: Sendable {
    let name: String
    /// What it is for.
    let purpose: String
    let category: TemplateCategory
    let content: TemplateContent
    var defaults: [String: String] = [:]

    /// Meta's form of the languages of the examples.
    static let language = "en"

    static let all: [TemplateExample] = [
        TemplateExample(
            name: "event_reminder_24h", purpose: "The day before an event.", category: .utility,
            content: TemplateContent(
                body: "Hi {{attendee_name}}, {{event_name}} starts tomorrow at {{event_time}}. See you there!",
                examples: ["attendee_name": "Ada", "event_name": "Swift Conference", "event_time": "9:30"]),
            defaults: ["event_time": "the time on your ticket"]),
        TemplateExample(
            name: "check_in_instructions", purpose: "How to get in, with the code to show at the door.", category: .utility,
            content: TemplateContent(
                body: "Your check-in for {{event_name}} is ready. Show this code at the door: {{qr_code_url}} and come right in.",
                examples: ["event_name": "Swift Conference", "qr_code_url": "https://tickets.example.com/q/881"])),
        TemplateExample(
            name: "event_update", purpose: "Something about an event has changed.", category: .utility,
            content: TemplateContent(
                body: "There is news about {{event_name}}: {{update_message}}. Thank you for reading.",
                examples: ["event_name": "Swift Conference", "update_message": "The doors open at 9:00"])),
        TemplateExample(
            name: "welcome_new_member", purpose: "A new member has registered.", category: .utility,
            content: TemplateContent(
                body: "Welcome, {{member_name}}! Your registration is complete and your account is ready.",
                examples: ["member_name": "Ada"])),
        TemplateExample(
            name: "commission_received", purpose: "A member has received a commission.", category: .utility,
            content: TemplateContent(
                body: "Hi {{member_name}}, you have received a commission of {{amount}} on {{date}}. Well done!",
                examples: ["member_name": "Ada", "amount": "€120.00", "date": "21 November 2026"])),
        TemplateExample(
            name: "withdrawal_requested", purpose: "A request to withdraw money has arrived.", category: .utility,
            content: TemplateContent(
                body: "Hi {{member_name}}, we have received your request to withdraw {{amount}}. We will look at it soon.",
                examples: ["member_name": "Ada", "amount": "€120.00"])),
        TemplateExample(
            name: "withdrawal_approved", purpose: "A withdrawal was approved.", category: .utility,
            content: TemplateContent(
                body: "Hi {{member_name}}, your withdrawal of {{amount}} was approved and is on its way.",
                examples: ["member_name": "Ada", "amount": "€120.00"])),
        TemplateExample(
            name: "withdrawal_rejected", purpose: "A withdrawal was not approved, and why.", category: .utility,
            content: TemplateContent(
                body: "Hi {{member_name}}, your withdrawal of {{amount}} was not approved. Reason: {{reason}}. Please write to us.",
                examples: ["member_name": "Ada", "amount": "€120.00", "reason": "the account number is incomplete"])),
        TemplateExample(
            name: "appointment_reminder", purpose: "A reminder that can be answered with one tap.", category: .utility,
            content: TemplateContent(
                header: .text("Your appointment"),
                body: "Hi {{first_name}}, we expect you on {{date}} at {{time}}. Does that still suit you?",
                footer: "This message was sent automatically.",
                buttons: [.quickReply(text: "Yes"), .quickReply(text: "Another day"), .quickReply(text: "Cancel it")],
                examples: ["first_name": "Ada", "date": "21 November", "time": "15:00"])),
        TemplateExample(
            name: "order_shipped", purpose: "An order is on its way, with a picture and a link.", category: .utility,
            content: TemplateContent(
                header: .media(.image),
                body: "Hi {{first_name}}, your order {{order_number}} has left our house today.",
                buttons: [.url(text: "Follow it", url: "https://shop.example.com/orders/{{1}}")],
                examples: [
                    "header": "https://shop.example.com/parcel.jpg", "first_name": "Ada", "order_number": "881",
                    "button_0": "881",
                ])),
        TemplateExample(
            name: "policy_document", purpose: "A document, such as a policy or an invoice.", category: .utility,
            content: TemplateContent(
                header: .media(.document),
                body: "Hi {{first_name}}, here is your document {{document_name}}. Keep it in a safe place.",
                examples: [
                    "header": "https://files.example.com/policy.pdf", "first_name": "Ada", "document_name": "Policy 4711",
                ])),
        TemplateExample(
            name: "renewal_reminder", purpose: "Something runs out soon.", category: .utility,
            content: TemplateContent(
                body: "Hi {{first_name}}, your policy {{policy_number}} ends on {{end_date}}. Renew it in time to stay covered.",
                buttons: [.url(text: "Renew", url: "https://example.com/renew")],
                examples: ["first_name": "Ada", "policy_number": "4711", "end_date": "31 December 2026"])),
        TemplateExample(
            name: "feedback_request", purpose: "What did you think of it?", category: .marketing,
            content: TemplateContent(
                body: "Hi {{first_name}}, how did you like {{subject}}? Your opinion helps us to do better.",
                footer: "Reply STOP to hear no more from us.",
                buttons: [.quickReply(text: "Very well"), .quickReply(text: "So so"), .quickReply(text: "Not at all")],
                examples: ["first_name": "Ada", "subject": "Swift Conference"])),
        TemplateExample(
            name: "spring_offer", purpose: "An offer with a code to copy.", category: .marketing,
            content: TemplateContent(
                header: .text("Our spring offer"),
                body: "Hi {{first_name}}, take {{discount}} off everything until Sunday with the code below.",
                footer: "Reply STOP to hear no more offers.",
                buttons: [.copyCode, .url(text: "To the shop", url: "https://shop.example.com")],
                examples: ["first_name": "Ada", "discount": "20 %", "button_0": "SPRING20"])),
        TemplateExample(
            name: "store_location", purpose: "Where to find you.", category: .utility,
            content: TemplateContent(
                header: .location,
                body: "Hi {{first_name}}, your order {{order_number}} waits for you here. We are open until 19:00.",
                examples: ["first_name": "Ada", "order_number": "881"])),
        TemplateExample(
            name: "login_code", purpose: "A code to sign in with; WhatsApp writes the text.", category: .authentication,
            content: TemplateContent(
                buttons: [.oneTimeCode(OneTimeCode(text: "Copy code"))], addsSecurityRecommendation: true,
                codeExpirationMinutes: 10)),
    ]

    func proposal(provider: Provider, language: String = TemplateExample.language) -> TemplateProposal {
        TemplateProposal(
            name: name, language: language, category: category, provider: provider, content: content)
    }
}
