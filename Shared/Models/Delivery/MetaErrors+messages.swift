extension MetaErrors {
    /// Errors of sending: 130xxx and 131xxx.
    ///
    /// `retry` rows name no wait where Meta names none: the tenant's own delays apply.
    static let messageRows: [ErrorClassification] = [
        ErrorClassification(
            code: 130_403,
            class: .suppress,
            scope: .recipient,
            who: .tenant,
            title: "Recipient blocked by the business",
            explanation: "Your business has blocked this person, so WhatsApp does not deliver to them.",
            remedy: "Unblock the person in WhatsApp if messages should reach them again."
        ),
        ErrorClassification(
            code: 130_429,
            class: .throttle,
            scope: .sender,
            wait: .seconds(1),
            waitFactor: 2,
            waitMax: .seconds(60),
            who: .nobody,
            title: "Sending rate reached",
            explanation: """
                The sending number reached the messages per second that WhatsApp allows; the message waits \
                its turn.
                """,
            remedy: "Nothing: Tidings slows the number down and sends it later."
        ),
        ErrorClassification(
            code: 130_472,
            class: .fail,
            scope: .recipientMarketing,
            who: .recipient,
            title: "Recipient in a WhatsApp experiment",
            explanation: """
                WhatsApp withholds marketing messages from this person as part of an experiment of its own.
                """,
            remedy: "Reach this person another way; sending the message again would end the same."
        ),
        ErrorClassification(
            code: 130_497,
            class: .suppress,
            scope: .country,
            who: .tenant,
            title: "Country not allowed for this account",
            explanation: "WhatsApp does not let your business send to the recipient's country.",
            remedy: """
                Remove recipients of this country, or ask Meta whether your line of business may write to \
                it.
                """
        ),
        ErrorClassification(
            code: 131_000,
            class: .retry,
            scope: .message,
            who: .nobody,
            title: "Something went wrong at WhatsApp",
            explanation: "WhatsApp had a problem of its own and did not take the message.",
            remedy: "Nothing: Tidings tries again. If it stays, the platform's operator asks Meta."
        ),
        ErrorClassification(
            code: 131_005,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Access denied",
            explanation: """
                The access token lacks a permission that sending needs, or the permission was taken away.
                """,
            remedy: "Grant whatsapp_business_messaging to the token's system user in Meta Business Manager."
        ),
        ErrorClassification(
            code: 131_008,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Required parameter missing",
            explanation: "The request to WhatsApp lacked a value it needs.",
            remedy: """
                Check that every variable of the template has a value; otherwise tell the platform's \
                operator.
                """
        ),
        ErrorClassification(
            code: 131_009,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Parameter value invalid",
            explanation: "A value in the message is not one that WhatsApp accepts.",
            remedy: "Read the details WhatsApp gave, correct the value and send the message anew."
        ),
        ErrorClassification(
            code: 131_016,
            class: .retry,
            scope: .message,
            who: .nobody,
            title: "Service temporarily unavailable",
            explanation: "WhatsApp's service was down for a moment.",
            remedy: "Nothing: Tidings tries again."
        ),
        ErrorClassification(
            code: 131_021,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Recipient is the sender",
            explanation: "The message was addressed to the number it is sent from.",
            remedy: "Send it to another number."
        ),
        ErrorClassification(
            code: 131_026,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Message undeliverable",
            explanation: """
                The number has no WhatsApp, an old version of it, has not accepted its terms, or has blocked \
                you.
                """,
            remedy: "Check the number with the person, or reach them another way."
        ),
        ErrorClassification(
            code: 131_030,
            class: .fail,
            scope: .recipient,
            who: .tenant,
            title: "Recipient not on the test list",
            explanation: "The sending number is a test number, and the recipient is not on its list.",
            remedy: "Add the recipient to the list in Meta's app dashboard, or send from a real number."
        ),
        ErrorClassification(
            code: 131_031,
            class: .account,
            scope: .account,
            wait: .seconds(3_600),
            who: .tenant,
            title: "Account locked",
            explanation: """
                WhatsApp has locked the business account, for a policy violation or a wrong two-step code.
                """,
            remedy: "Open WhatsApp Manager and follow what it asks for; the messages wait."
        ),
        ErrorClassification(
            code: 131_037,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Display name not approved",
            explanation: "The sending number needs an approved display name before it may send.",
            remedy: "Request approval of a display name in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 131_042,
            class: .account,
            scope: .account,
            wait: .seconds(900),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .tenant,
            title: "Payment problem",
            explanation: """
                WhatsApp cannot charge your business: a payment method is missing, refused or over its \
                limit.
                """,
            remedy: "Check the payment settings of the account in Meta Business Manager."
        ),
        ErrorClassification(
            code: 131_044,
            class: .account,
            scope: .calls,
            who: .tenant,
            title: "Payment problem for calls",
            explanation: "WhatsApp cannot charge your business for calls.",
            remedy: "Check the payment settings of the account in Meta Business Manager."
        ),
        ErrorClassification(
            code: 131_045,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Phone number not registered correctly",
            explanation: "The registration of the sending number is broken or its certificate is not valid.",
            remedy: "Register the number again in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 131_047,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Service window closed",
            explanation: """
                More than 24 hours have passed since the person last wrote, so only templates may be sent.
                """,
            remedy: "Send an approved template instead."
        ),
        ErrorClassification(
            code: 131_048,
            class: .sender,
            scope: .sender,
            wait: .seconds(3_600),
            waitFactor: 2,
            waitMax: .seconds(86_400),
            who: .tenant,
            title: "Number restricted as spam",
            explanation: """
                Too many people blocked or reported the sending number, so WhatsApp has restricted it.
                """,
            remedy: """
                Pause campaigns, check who receives them and why, and look at the quality in WhatsApp \
                Manager.
                """
        ),
        ErrorClassification(
            code: 131_049,
            class: .suppress,
            scope: .recipientMarketing,
            wait: .seconds(86_400),
            waitFactor: 3,
            waitMax: .seconds(604_800),
            who: .recipient,
            title: "Held back to keep messaging healthy",
            explanation: """
                WhatsApp chose not to deliver this marketing message, because the person gets many of them \
                or is in the United States.
                """,
            remedy: "Wait at least a day before sending marketing to this person again."
        ),
        ErrorClassification(
            code: 131_050,
            class: .suppress,
            scope: .recipientMarketing,
            who: .recipient,
            title: "Recipient stopped marketing",
            explanation: "The person has asked WhatsApp not to deliver marketing from your business.",
            remedy: "Send no marketing to this person until they allow it again."
        ),
        ErrorClassification(
            code: 131_051,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Message type not supported",
            explanation: "WhatsApp does not support this type of message.",
            remedy: "Send the content in another form; tell the platform's operator."
        ),
        ErrorClassification(
            code: 131_052,
            class: .fail,
            scope: .message,
            who: .recipient,
            title: "Incoming media not readable",
            explanation: "A file that a person sent to you could not be fetched from WhatsApp.",
            remedy: "Ask the person to send it again."
        ),
        ErrorClassification(
            code: 131_053,
            class: .fail,
            scope: .message,
            wait: .seconds(60),
            retriesMax: 1,
            who: .tenant,
            title: "Media could not be fetched",
            explanation: "WhatsApp could not load the file: its address, type or size is not right.",
            remedy: "Check that the link opens without a login, and that type and size are allowed."
        ),
        ErrorClassification(
            code: 131_055,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Only marketing templates allowed here",
            explanation: "The message was sent on a way that takes marketing templates only.",
            remedy: "The platform's operator corrects the way it is sent."
        ),
        ErrorClassification(
            code: 131_056,
            class: .throttle,
            scope: .pair,
            wait: .seconds(1),
            waitFactor: 4,
            waitMax: .seconds(256),
            who: .nobody,
            title: "Too many messages to one person",
            explanation: """
                The same number sent this person many messages in a short time; the message waits its turn.
                """,
            remedy: "Nothing: Tidings sends it later."
        ),
        ErrorClassification(
            code: 131_057,
            class: .wait,
            scope: .sender,
            wait: .seconds(75),
            waitFactor: 2,
            waitMax: .seconds(600),
            who: .nobody,
            title: "Number in maintenance",
            explanation: """
                WhatsApp is working on the sending number, usually for a minute, to raise its rate.
                """,
            remedy: "Nothing: Tidings sends the message afterwards."
        ),
        ErrorClassification(
            code: 131_062,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Phone number needed",
            explanation: "This type of message cannot be sent to a user id, only to a phone number.",
            remedy: "Send it to the person's phone number."
        ),
        ErrorClassification(
            code: 131_063,
            class: .fail,
            scope: .account,
            who: .tenant,
            title: "Marketing switched off on this way",
            explanation: "Your WhatsApp account does not allow marketing templates on the Cloud API.",
            remedy: "Allow marketing on the Cloud API in the account's settings at Meta."
        ),
        ErrorClassification(
            code: 131_064,
            class: .account,
            scope: .account,
            wait: .seconds(3_600),
            who: .tenant,
            title: "Limited for wrong template categories",
            explanation: "WhatsApp limits your account because templates were filed under a wrong category.",
            remedy: "Correct the categories; WhatsApp lifts the limit by itself after a while."
        ),
    ]
}
