extension TwilioErrors {
    /// Errors on the way to the recipient, most of them in receipts: 30xxx, 35xxx and the first of 63xxx.
    ///
    /// 63018 stands for three limits of WhatsApp's (spam, pair, daily recipients), so its waits grow up to a day.
    static let channelRows: [ErrorClassification] = [
        ErrorClassification(
            code: 30_001,
            class: .throttle,
            scope: .sender,
            wait: .seconds(60),
            waitFactor: 2,
            waitMax: .seconds(600),
            who: .nobody,
            title: "Queue of the sending number overflowed",
            explanation: """
                Too many messages of the sending number were waiting at Twilio; the message waits its \
                turn.
                """,
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 30_002,
            class: .account,
            scope: .account,
            wait: .seconds(3_600),
            who: .tenant,
            title: "Twilio account suspended",
            explanation: "Twilio has suspended the account, so nothing can be sent.",
            remedy: "Open Twilio's console and settle what it asks for; the messages wait."
        ),
        ErrorClassification(
            code: 30_003,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Handset not reachable",
            explanation: "The recipient's handset is switched off or cannot be reached.",
            remedy: "Check the number with the person, or reach them another way."
        ),
        ErrorClassification(
            code: 30_004,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Message blocked",
            explanation: "The recipient's carrier or handset does not take messages from you.",
            remedy: "Reach the person another way."
        ),
        ErrorClassification(
            code: 30_005,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Handset unknown",
            explanation: "The recipient's number is not in use.",
            remedy: "Check the number with the person."
        ),
        ErrorClassification(
            code: 30_006,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Landline or unreachable carrier",
            explanation: "The recipient's number is a landline or its carrier cannot be reached.",
            remedy: "Ask the person for a number that has WhatsApp."
        ),
        ErrorClassification(
            code: 30_007,
            class: .sender,
            scope: .sender,
            wait: .seconds(3_600),
            waitFactor: 2,
            waitMax: .seconds(86_400),
            who: .tenant,
            title: "Filtered as spam",
            explanation: "Messages of the sending number are filtered as spam.",
            remedy: "Pause campaigns, and check what is sent, who receives it and why."
        ),
        ErrorClassification(
            code: 30_008,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Delivery failed",
            explanation: "The message could not be delivered, and nobody says why.",
            remedy: "Check the number with the person, or reach them another way."
        ),
        ErrorClassification(
            code: 30_036,
            class: .fail,
            scope: .message,
            who: .nobody,
            title: "Expired at Twilio",
            explanation: "The message was still waiting at Twilio when it expired.",
            remedy: "Nothing: it was not wanted any more. Send it anew if it still is."
        ),
        ErrorClassification(
            code: 35_111,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Time of sending missing",
            explanation: "The request to Twilio was for a scheduled message but named no time.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 35_114,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Time of sending out of range",
            explanation: "The request to Twilio named a time too near or too far ahead.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 35_118,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Messaging service missing",
            explanation: "The request to Twilio was for a scheduled message but named no messaging service.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 63_001,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Refused by WhatsApp",
            explanation: """
                WhatsApp does not accept Twilio's access to your business account, or asks for a \
                security check.
                """,
            remedy: "Open the sender in Twilio's console and WhatsApp Manager, and follow what they ask for."
        ),
        ErrorClassification(
            code: 63_002,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Sending number not on WhatsApp",
            explanation: "The sending number is not known as a WhatsApp sender.",
            remedy: """
                Check the sender's number in the settings, and that it is an active WhatsApp sender in \
                Twilio's console.
                """
        ),
        ErrorClassification(
            code: 63_003,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Recipient not on WhatsApp",
            explanation: "The recipient's number has no WhatsApp.",
            remedy: "Check the number with the person, or reach them another way."
        ),
        ErrorClassification(
            code: 63_005,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Content not accepted",
            explanation: "WhatsApp did not accept the content of the message.",
            remedy: "Read the details Twilio gave, correct the message and send it anew."
        ),
        ErrorClassification(
            code: 63_006,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Content could not be formatted",
            explanation: "Twilio could not turn the content into a WhatsApp message.",
            remedy: "Compare the message with the template and correct it."
        ),
        ErrorClassification(
            code: 63_007,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "No such WhatsApp sender",
            explanation: "The Twilio account has no WhatsApp sender with this number.",
            remedy: """
                Check the sender's number in the settings, and that it is an active WhatsApp sender in \
                Twilio's console.
                """
        ),
        ErrorClassification(
            code: 63_008,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "WhatsApp sender wrongly set up",
            explanation: "The WhatsApp sender is not set up correctly at Twilio.",
            remedy: "Open the sender in Twilio's console and repair its settings."
        ),
        ErrorClassification(
            code: 63_009,
            class: .retry,
            scope: .message,
            who: .nobody,
            title: "WhatsApp had an error",
            explanation: "WhatsApp had a problem of its own and did not take the message from Twilio.",
            remedy: "Nothing: Tidings tries again."
        ),
        ErrorClassification(
            code: 63_010,
            class: .retry,
            scope: .message,
            who: .nobody,
            title: "Twilio had an internal error",
            explanation: "Twilio had a problem of its own on the way to WhatsApp.",
            remedy: "Nothing: Tidings tries again."
        ),
        ErrorClassification(
            code: 63_011,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Request invalid",
            explanation: "WhatsApp found something wrong with the request and did not say what.",
            remedy: "Compare the message with the template; otherwise tell the platform's operator."
        ),
        ErrorClassification(
            code: 63_012,
            class: .retry,
            scope: .message,
            who: .nobody,
            title: "WhatsApp had an internal error",
            explanation: "WhatsApp had a problem of its own and did not take the message from Twilio.",
            remedy: "Nothing: Tidings tries again."
        ),
        ErrorClassification(
            code: 63_013,
            class: .fail,
            scope: .template,
            who: .tenant,
            title: "Against WhatsApp's policy",
            explanation: """
                WhatsApp found that the message breaks a policy; more than four spaces in a row are \
                enough.
                """,
            remedy: """
                Look for long runs of spaces and forbidden content, and correct the message or its \
                template.
                """
        ),
        ErrorClassification(
            code: 63_014,
            class: .suppress,
            scope: .recipient,
            who: .recipient,
            title: "Blocked by the recipient",
            explanation: "The person's own action blocks messages from you.",
            remedy: "Send nothing to this person until they write to you."
        ),
        ErrorClassification(
            code: 63_015,
            class: .fail,
            scope: .recipient,
            who: .tenant,
            title: "Recipient has not joined the sandbox",
            explanation: "The sending number is Twilio's sandbox, and the recipient has not joined it.",
            remedy: "Have the person join the sandbox, or send from a number of your own."
        ),
        ErrorClassification(
            code: 63_016,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Service window closed",
            explanation: """
                More than 24 hours have passed since the person last wrote, so only templates may be \
                sent.
                """,
            remedy: "Send an approved template instead."
        ),
        ErrorClassification(
            code: 63_017,
            class: .throttle,
            scope: .account,
            wait: .seconds(5),
            waitFactor: 2,
            waitMax: .seconds(300),
            who: .nobody,
            title: "Account's rate reached",
            explanation: """
                The Twilio account reached the rate that WhatsApp allows; the message waits its turn.
                """,
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 63_018,
            class: .throttle,
            scope: .sender,
            wait: .seconds(60),
            waitFactor: 4,
            waitMax: .seconds(86_400),
            who: .nobody,
            title: "Sending number's limit reached",
            explanation: """
                The sending number reached one of WhatsApp's limits: its rate, its daily recipients or \
                its standing.
                """,
            remedy: """
                Nothing at first: Tidings sends it later. If it stays, pause campaigns and look at the \
                number's quality.
                """
        ),
        ErrorClassification(
            code: 63_019,
            class: .fail,
            scope: .message,
            wait: .seconds(60),
            retriesMax: 1,
            who: .tenant,
            title: "Media could not be fetched",
            explanation: "Twilio could not load the file: its address, type or size is not right.",
            remedy: "Check that the link opens without a login, and that type and size are allowed."
        ),
    ]
}
