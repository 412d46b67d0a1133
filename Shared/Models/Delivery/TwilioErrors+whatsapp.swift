extension TwilioErrors {
    /// Errors of the WhatsApp channel from 63020 on.
    ///
    /// 63038 lasts until the next day somewhere; it is looked at again every hour. 63037 is a warning that Twilio
    /// heals by itself; 63035, 63036 and 63039 belong to other channels, and are listed so that no code surprises.
    static let whatsAppRows: [ErrorClassification] = [
        ErrorClassification(
            code: 63_020,
            class: .account,
            scope: .account,
            wait: .seconds(900),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .tenant,
            title: "Business account not usable",
            explanation: """
                The invitation in Meta Business Manager was not accepted, or the account has a problem.
                """,
            remedy: """
                Accept Twilio's invitation in Meta Business Manager, and check the account's payment \
                settings.
                """
        ),
        ErrorClassification(
            code: 63_021,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Content invalid",
            explanation: "The content is not valid for WhatsApp.",
            remedy: "Compare the message with the template and correct it."
        ),
        ErrorClassification(
            code: 63_022,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Display name's certificate invalid",
            explanation: "The certificate of the sending number's display name is not valid.",
            remedy: "Have the display name approved again in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 63_023,
            class: .retry,
            scope: .message,
            retriesMax: 2,
            who: .nobody,
            title: "WhatsApp had an unknown error",
            explanation: "WhatsApp did not take the message and did not say why.",
            remedy: """
                Nothing at first: Tidings tries again. If it stays, the platform's operator asks Twilio.
                """
        ),
        ErrorClassification(
            code: 63_024,
            class: .fail,
            scope: .recipient,
            who: .recipient,
            title: "Recipient invalid",
            explanation: "WhatsApp cannot deliver to the recipient's number.",
            remedy: "Check the number with the person, or reach them another way."
        ),
        ErrorClassification(
            code: 63_025,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Media exists already",
            explanation: "The file was handed to WhatsApp a second time.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 63_026,
            class: .sender,
            scope: .sender,
            wait: .seconds(3_600),
            waitFactor: 2,
            waitMax: .seconds(86_400),
            who: .tenant,
            title: "Number restricted as spam",
            explanation: "WhatsApp takes what the sending number sends for spam.",
            remedy: """
                Pause campaigns, check who receives them and why, and look at the quality in WhatsApp \
                Manager.
                """
        ),
        ErrorClassification(
            code: 63_027,
            class: .template,
            scope: .template,
            wait: .seconds(60),
            retriesMax: 1,
            fate: .end,
            who: .tenant,
            title: "Template not found in this language",
            explanation: "The template does not exist in this language, or WhatsApp has not approved it yet.",
            remedy: "Check name, language and approval of the template in Twilio's console."
        ),
        ErrorClassification(
            code: 63_028,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Number of variables does not match",
            explanation: "The message has more or fewer values than the template has variables.",
            remedy: "Give each variable of the template exactly one value."
        ),
        ErrorClassification(
            code: 63_029,
            class: .retry,
            scope: .message,
            retriesMax: 1,
            who: .recipient,
            title: "Template could not be loaded by the recipient",
            explanation: "The recipient's handset could not load the template.",
            remedy: "Nothing at first: Tidings tries once more. Otherwise reach the person another way."
        ),
        ErrorClassification(
            code: 63_030,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Parameter not supported",
            explanation: "A value does not fit this kind of message.",
            remedy: "Compare the message with the template and correct it."
        ),
        ErrorClassification(
            code: 63_031,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Recipient is the sender",
            explanation: "The message was addressed to the number it is sent from.",
            remedy: "Send it to another number."
        ),
        ErrorClassification(
            code: 63_032,
            class: .fail,
            scope: .recipientMarketing,
            who: .recipient,
            title: "Recipient in a WhatsApp experiment",
            explanation: """
                WhatsApp withholds marketing messages from this person as part of an experiment of its \
                own.
                """,
            remedy: "Reach this person another way; sending the message again would end the same."
        ),
        ErrorClassification(
            code: 63_033,
            class: .suppress,
            scope: .recipient,
            who: .recipient,
            title: "Recipient blocked you",
            explanation: "The person has blocked your number.",
            remedy: "Send nothing to this person until they write to you."
        ),
        ErrorClassification(
            code: 63_034,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Media too large",
            explanation: "The file is larger than WhatsApp allows.",
            remedy: "Send a smaller file."
        ),
        ErrorClassification(
            code: 63_035,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Not for WhatsApp",
            explanation: "Twilio answered with an error of another channel.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 63_036,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Not for WhatsApp",
            explanation: "Twilio answered with an error of another channel.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 63_037,
            class: .retry,
            scope: .message,
            wait: .seconds(300),
            retriesMax: 1,
            who: .nobody,
            title: "Media not handed over yet",
            explanation: "Twilio could not hand the file to WhatsApp at once and tries again by itself.",
            remedy: "Nothing: Twilio tries again, and Tidings once more if that fails."
        ),
        ErrorClassification(
            code: 63_038,
            class: .throttle,
            scope: .account,
            wait: .seconds(3_600),
            who: .tenant,
            title: "Account's daily limit reached",
            explanation: "The Twilio account may send no more messages today; the message waits.",
            remedy: "Wait for the next day, or ask Twilio for a higher limit."
        ),
        ErrorClassification(
            code: 63_039,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Not for WhatsApp",
            explanation: "Twilio answered with an error of another channel.",
            remedy: "The platform's operator corrects how messages are handed to Twilio."
        ),
        ErrorClassification(
            code: 63_040,
            class: .template,
            scope: .template,
            fate: .end,
            who: .tenant,
            title: "Template rejected",
            explanation: "WhatsApp has rejected the template.",
            remedy: "Change the template and have it approved again."
        ),
        ErrorClassification(
            code: 63_041,
            class: .template,
            scope: .template,
            wait: .seconds(10_800),
            waitFactor: 2,
            waitMax: .seconds(21_600),
            who: .tenant,
            title: "Template paused",
            explanation: "WhatsApp has paused the template because people reacted badly to it.",
            remedy: "Wait until the pause ends, and improve the template or who receives it."
        ),
        ErrorClassification(
            code: 63_042,
            class: .template,
            scope: .template,
            fate: .end,
            who: .tenant,
            title: "Template disabled",
            explanation: "WhatsApp has disabled the template for good because people reacted badly to it.",
            remedy: "Make a new template with other content."
        ),
        ErrorClassification(
            code: 63_049,
            class: .suppress,
            scope: .recipientMarketing,
            wait: .seconds(86_400),
            waitFactor: 3,
            waitMax: .seconds(604_800),
            who: .recipient,
            title: "Held back to keep messaging healthy",
            explanation: """
                WhatsApp chose not to deliver this marketing message, because the person gets many of \
                them or is in the United States.
                """,
            remedy: "Wait at least a day before sending marketing to this person again."
        ),
        ErrorClassification(
            code: 63_051,
            class: .account,
            scope: .account,
            wait: .seconds(3_600),
            who: .tenant,
            title: "WhatsApp account locked",
            explanation: "WhatsApp has locked the business account.",
            remedy: "Open WhatsApp Manager and follow what it asks for; the messages wait."
        ),
        ErrorClassification(
            code: 63_052,
            class: .fail,
            scope: .template,
            who: .tenant,
            title: "Template of an old kind",
            explanation: "The template is of a kind that Twilio no longer sends.",
            remedy: "Make the template anew with Twilio's Content Template Builder."
        ),
        ErrorClassification(
            code: 63_062,
            class: .fail,
            scope: .account,
            who: .tenant,
            title: "Terms of marketing messages not accepted",
            explanation: """
                Your business has not accepted Meta's terms for this way of sending marketing messages.
                """,
            remedy: "Accept the terms in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 63_101,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "WhatsApp account of the sender invalid",
            explanation: "The business account that the sending number belongs to is not valid.",
            remedy: "Open the sender in Twilio's console and register it again."
        ),
    ]
}
