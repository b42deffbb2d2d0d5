// Imported first: n8n-core reads it while it loads. The rows themselves are n8n's part.
process.env.N8N_DEFAULT_BINARY_DATA_MODE = 'database';
