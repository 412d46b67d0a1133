extension TwilioErrors {
    /// Refusals of Twilio's API: 20xxx and 21xxx.
    ///
    /// 20429 slows the account down instead of using up retries: Twilio says that it did not process the request.
    /// What a trial account may not do stops the one message, since verified recipients still get theirs.
    static let apiRows: [ErrorClassification] = [
        ErrorClassification(
            code: 20_001,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Invalid parameter",
            explanation: "Something in the message is not as Twilio wants it.",
            remedy: "Read the details Twilio gave, correct the message and send it anew."
        ),
        ErrorClassification(
            code: 20_003,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Twilio credentials refused",
            explanation: "Twilio no longer accepts the account's credentials, or the account is not active.",
            remedy: """
                Check the account's state in Twilio's console, and enter its current auth token in the \
                settings.
                """
        ),
        ErrorClassification(
            code: 20_004,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Method not allowed",
            explanation: "Twilio does not offer what was asked of it.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 20_008,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Test credentials in use",
            explanation: "The sender has Twilio's test credentials, with which nothing is really sent.",
            remedy: "Enter the account's live auth token in the settings."
        ),
        ErrorClassification(
            code: 20_404,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Twilio resource not found",
            explanation: "Something that the message names does not exist in the Twilio account.",
            remedy: "Check the template's ContentSid and the messaging service in Twilio's console."
        ),
        ErrorClassification(
            code: 20_429,
            class: .throttle,
            scope: .account,
            wait: .seconds(1),
            waitFactor: 2,
            waitMax: .seconds(60),
            who: .nobody,
            title: "Too many calls to Twilio",
            explanation: """
                The Twilio account made too many calls at once and did not take this one; the message \
                waits its turn.
                """,
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 20_500,
            class: .retry,
            scope: .message,
            who: .nobody,
            title: "Twilio had an internal error",
            explanation: "Twilio had a problem of its own and did not take the message.",
            remedy: "Nothing: Tidings tries again."
        ),
        ErrorClassification(
            code: 20_503,
            class: .retry,
            scope: .message,
            who: .nobody,
            title: "Twilio temporarily unavailable",
            explanation: "Twilio's service was down or overloaded for a moment.",
            remedy: "Nothing: Tidings tries again."
        ),
        ErrorClassification(
            code: 21_211,
            class: .fail,
            scope: .recipient,
            who: .tenant,
            title: "Recipient's number invalid",
            explanation: "Twilio says that the recipient's number is not a valid one.",
            remedy: "Correct the number and send the message anew."
        ),
        ErrorClassification(
            code: 21_212,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Sending number invalid",
            explanation: "Twilio does not accept the sending number.",
            remedy: """
                Check the sender's number in the settings, and that it is an active WhatsApp sender in \
                Twilio's console.
                """
        ),
        ErrorClassification(
            code: 21_219,
            class: .fail,
            scope: .account,
            who: .tenant,
            title: "Recipient not verified for a trial account",
            explanation: "The Twilio account is a trial account, which may write to verified numbers only.",
            remedy: "Upgrade the Twilio account, or verify the recipient's number in its console."
        ),
        ErrorClassification(
            code: 21_408,
            class: .suppress,
            scope: .country,
            who: .tenant,
            title: "Country not switched on",
            explanation: "The Twilio account may not send to the recipient's country.",
            remedy: "Allow the country in Twilio's geographic permissions, or leave out its recipients."
        ),
        ErrorClassification(
            code: 21_601,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Sending number cannot send messages",
            explanation: "The sending number is not able to send messages of this kind.",
            remedy: """
                Check the sender's number in the settings, and that it is an active WhatsApp sender in \
                Twilio's console.
                """
        ),
        ErrorClassification(
            code: 21_602,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Message without content",
            explanation: "The request to Twilio had neither a text nor a template nor a file.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 21_603,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Sending number missing",
            explanation: "The request to Twilio named no sending number.",
            remedy: """
                Check the sender's number in the settings, and that it is an active WhatsApp sender in \
                Twilio's console.
                """
        ),
        ErrorClassification(
            code: 21_604,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Recipient missing",
            explanation: "The request to Twilio named no recipient.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 21_605,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Text too long",
            explanation: "The text is longer than Twilio allows.",
            remedy: "Shorten the text."
        ),
        ErrorClassification(
            code: 21_606,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Sending number not usable",
            explanation: """
                The sending number does not belong to the Twilio account or cannot send through \
                WhatsApp.
                """,
            remedy: """
                Check the sender's number in the settings, and that it is an active WhatsApp sender in \
                Twilio's console.
                """
        ),
        ErrorClassification(
            code: 21_608,
            class: .fail,
            scope: .account,
            who: .tenant,
            title: "Recipient not verified for a trial account",
            explanation: "The Twilio account is a trial account, which may write to verified numbers only.",
            remedy: "Upgrade the Twilio account, or verify the recipient's number in its console."
        ),
        ErrorClassification(
            code: 21_609,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Address for receipts invalid",
            explanation: "Twilio does not accept the address to which receipts are to be reported.",
            remedy: "The platform's operator corrects PUBLIC_WEBHOOK_URL."
        ),
        ErrorClassification(
            code: 21_610,
            class: .suppress,
            scope: .recipient,
            who: .recipient,
            title: "Recipient has opted out",
            explanation: "The person has answered STOP, so Twilio delivers nothing from your number to them.",
            remedy: "Send nothing to this person until they write START."
        ),
        ErrorClassification(
            code: 21_611,
            class: .throttle,
            scope: .sender,
            wait: .seconds(60),
            waitFactor: 2,
            waitMax: .seconds(600),
            who: .nobody,
            title: "Queue of the sending number full",
            explanation: """
                Too many messages of the sending number are waiting at Twilio; the message waits its \
                turn.
                """,
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 21_612,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Recipient not reachable",
            explanation: "Twilio has no way to this recipient from the sending number.",
            remedy: "Check the number with the person, or reach them another way."
        ),
        ErrorClassification(
            code: 21_614,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Not a mobile number",
            explanation: "The recipient's number is not a mobile number.",
            remedy: "Ask the person for a number that has WhatsApp."
        ),
        ErrorClassification(
            code: 21_617,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Text too long",
            explanation: "The text is longer than the 1,600 characters that Twilio allows.",
            remedy: "Shorten the text."
        ),
        ErrorClassification(
            code: 21_619,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Message could not be made",
            explanation: "Twilio could not make a message of what was sent.",
            remedy: "Read the details Twilio gave, correct the message and send it anew."
        ),
        ErrorClassification(
            code: 21_620,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Address of the file invalid",
            explanation: "The address of the file is not one that Twilio accepts.",
            remedy: "Give a link that anybody can open without a login."
        ),
        ErrorClassification(
            code: 21_654,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Variables without a template",
            explanation: "The request to Twilio had values for a template but named no template.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 21_655,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "ContentSid invalid",
            explanation: "The template's ContentSid is not one that Twilio knows.",
            remedy: "Enter the template's ContentSid from Twilio's console in its settings."
        ),
        ErrorClassification(
            code: 21_656,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Template values invalid",
            explanation: "The values do not fit the template's variables.",
            remedy: "Compare the values with the template's variables and correct them."
        ),
        ErrorClassification(
            code: 21_703,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Messaging service without a fitting number",
            explanation: "The messaging service has no number that can send this message.",
            remedy: "Add a WhatsApp sender to the messaging service in Twilio's console."
        ),
        ErrorClassification(
            code: 21_704,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Messaging service without numbers",
            explanation: "The messaging service has no numbers.",
            remedy: "Add a WhatsApp sender to the messaging service in Twilio's console."
        ),
        ErrorClassification(
            code: 21_705,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Messaging service invalid",
            explanation: "Twilio does not know the messaging service that the sender names.",
            remedy: "Check the messaging service's id in the sender's settings."
        ),
        ErrorClassification(
            code: 21_910,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Sender and recipient on different channels",
            explanation: "The request to Twilio mixed WhatsApp with another channel.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
    ]
}
