extension MetaErrors {
    /// Errors of templates and flows, of registering a number, and of marketing messages: 132xxx and above.
    ///
    /// What concerns registration and flows does not come from sending; it is listed so that no code
    /// surprises.
    static let templateRows: [ErrorClassification] = [
        ErrorClassification(
            code: 132_000,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Number of variables does not match",
            explanation: "The message has more or fewer values than the template has variables.",
            remedy: "Give each variable of the template exactly one value."
        ),
        ErrorClassification(
            code: 132_001,
            class: .template,
            scope: .template,
            wait: .seconds(60),
            retriesMax: 1,
            fate: .end,
            who: .tenant,
            title: "Template not found or not approved",
            explanation: "The template does not exist in this language, or WhatsApp has not approved it yet.",
            remedy: "Check name, language and approval of the template in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 132_005,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Text too long",
            explanation: "With its values filled in, the template's text is longer than WhatsApp allows.",
            remedy: "Shorten the values."
        ),
        ErrorClassification(
            code: 132_007,
            class: .template,
            scope: .template,
            fate: .end,
            who: .tenant,
            title: "Template content against policy",
            explanation: "WhatsApp found that the template's content breaks a policy.",
            remedy: "Change the template and have it approved again."
        ),
        ErrorClassification(
            code: 132_008,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Variable value invalid",
            explanation: "A value is not one that the template accepts.",
            remedy: "Correct the value and send the message anew."
        ),
        ErrorClassification(
            code: 132_012,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Variable of the wrong kind",
            explanation: """
                A value has another form than the template's variable, or contains line breaks or many \
                spaces.
                """,
            remedy: "Compare the values with the template's variables and correct them."
        ),
        ErrorClassification(
            code: 132_015,
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
            code: 132_016,
            class: .template,
            scope: .template,
            fate: .end,
            who: .tenant,
            title: "Template disabled",
            explanation: "WhatsApp has disabled the template for good because people reacted badly to it.",
            remedy: "Make a new template with other content."
        ),
        ErrorClassification(
            code: 132_018,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Template values fail validation",
            explanation: "The values do not pass WhatsApp's checks for marketing templates.",
            remedy: "Read the details WhatsApp gave and correct the values."
        ),
        ErrorClassification(
            code: 132_068,
            class: .template,
            scope: .flow,
            fate: .end,
            who: .tenant,
            title: "Flow blocked",
            explanation: "The flow in this template is blocked.",
            remedy: "Repair the flow in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 132_069,
            class: .throttle,
            scope: .flow,
            wait: .seconds(600),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .tenant,
            title: "Flow limited",
            explanation: """
                The flow in this template may be sent ten times an hour only, because it has problems.
                """,
            remedy: "Repair the flow in WhatsApp Manager; the message waits its turn."
        ),
        ErrorClassification(
            code: 133_000,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Deregistration incomplete",
            explanation: "An earlier deregistration of the sending number did not finish.",
            remedy: "Deregister the number again, then register it."
        ),
        ErrorClassification(
            code: 133_004,
            class: .retry,
            scope: .sender,
            wait: .seconds(60),
            waitFactor: 2,
            waitMax: .seconds(600),
            who: .nobody,
            title: "Registration server unavailable",
            explanation: "WhatsApp's registration server was down for a moment.",
            remedy: "Nothing: Tidings tries again."
        ),
        ErrorClassification(
            code: 133_005,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Two-step code wrong",
            explanation: "The two-step code of the sending number was wrong.",
            remedy: "Enter the right code, or reset it in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 133_006,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Number not verified",
            explanation: "The sending number must be verified before it can be registered.",
            remedy: "Verify the number in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 133_008,
            class: .wait,
            scope: .sender,
            wait: .seconds(3_600),
            waitFactor: 2,
            waitMax: .seconds(43_200),
            who: .tenant,
            title: "Too many wrong two-step codes",
            explanation: "The two-step code of the sending number was guessed wrong too often.",
            remedy: "Wait as long as WhatsApp says, then enter the right code."
        ),
        ErrorClassification(
            code: 133_009,
            class: .wait,
            scope: .sender,
            wait: .seconds(300),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .tenant,
            title: "Two-step code entered too fast",
            explanation: "The two-step code of the sending number was entered too fast.",
            remedy: "Wait as long as WhatsApp says, then enter it again."
        ),
        ErrorClassification(
            code: 133_010,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Number not registered",
            explanation: "The sending number is not registered with WhatsApp's Cloud API.",
            remedy: "Register the number in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 133_015,
            class: .wait,
            scope: .sender,
            wait: .seconds(300),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .nobody,
            title: "Number still being deleted",
            explanation: "The sending number was deleted a moment ago and WhatsApp has not finished.",
            remedy: "Nothing: Tidings tries again in five minutes."
        ),
        ErrorClassification(
            code: 133_016,
            class: .wait,
            scope: .sender,
            wait: .seconds(259_200),
            who: .tenant,
            title: "Registered too often",
            explanation: "The sending number was registered or deregistered more than ten times in 72 hours.",
            remedy: "Wait 72 hours before registering it again."
        ),
        ErrorClassification(
            code: 134_011,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Payment terms not accepted",
            explanation: "Your business has not accepted the terms of WhatsApp payments.",
            remedy: "Accept the terms in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 134_100,
            class: .fail,
            scope: .message,
            who: .platform,
            title: "Only marketing messages allowed here",
            explanation: "The message was sent on a way that takes marketing templates only.",
            remedy: "The platform's operator corrects the way it is sent."
        ),
        ErrorClassification(
            code: 134_101,
            class: .wait,
            scope: .template,
            wait: .seconds(600),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .nobody,
            title: "Template not ready",
            explanation: "WhatsApp is still preparing the template for marketing messages.",
            remedy: "Nothing: Tidings tries again in ten minutes."
        ),
        ErrorClassification(
            code: 134_102,
            class: .template,
            scope: .template,
            fate: .end,
            who: .tenant,
            title: "Template not available for marketing",
            explanation: "The template cannot be used for marketing messages.",
            remedy: "Choose or make another template."
        ),
        ErrorClassification(
            code: 135_000,
            class: .fail,
            scope: .message,
            retriesMax: 1,
            who: .platform,
            title: "Unknown problem with the request",
            explanation: "WhatsApp found something wrong with the request and did not say what.",
            remedy: "Compare the message with the template; otherwise tell the platform's operator."
        ),
        ErrorClassification(
            code: 137_000,
            class: .fail,
            scope: .recipient,
            who: .tenant,
            title: "Recipient's identity changed",
            explanation: "The person behind this number may have changed since you last checked.",
            remedy: "Confirm who uses the number before sending again."
        ),
        ErrorClassification(
            code: 139_000,
            class: .fail,
            scope: .flow,
            who: .tenant,
            title: "Flow blocked by its integrity",
            explanation: "WhatsApp refused a change to the flow.",
            remedy: "Look at the flow in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 139_001,
            class: .fail,
            scope: .flow,
            who: .tenant,
            title: "Flow cannot be changed",
            explanation: "WhatsApp could not change the flow.",
            remedy: "Look at the flow in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 139_002,
            class: .fail,
            scope: .flow,
            who: .tenant,
            title: "Flow cannot be published",
            explanation: "WhatsApp could not publish the flow.",
            remedy: "Look at the flow's validation errors in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 139_003,
            class: .fail,
            scope: .flow,
            who: .tenant,
            title: "Flow cannot be withdrawn",
            explanation: "WhatsApp could not withdraw the flow.",
            remedy: "Look at the flow in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 139_004,
            class: .fail,
            scope: .flow,
            who: .tenant,
            title: "Flow cannot be deleted",
            explanation: "WhatsApp could not delete the flow.",
            remedy: "Look at the flow in WhatsApp Manager."
        ),
        ErrorClassification(
            code: 2_494_100,
            class: .wait,
            scope: .account,
            wait: .seconds(120),
            waitFactor: 2,
            waitMax: .seconds(1_800),
            who: .nobody,
            title: "Account in maintenance",
            explanation: "WhatsApp is working on the business account for some minutes.",
            remedy: "Nothing: Tidings sends the message afterwards."
        ),
    ]
}
