// WhatsApp
