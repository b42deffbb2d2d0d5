// Imported first: n8n reads it while it loads. Only what is named here may be at a private address.
process.env.N8N_SSRF_PROTECTION_ENABLED = 'true';
process.env.N8N_SSRF_ALLOWED_HOSTNAMES = 'localhost';
