// Imported first: n8n-core reads it while it loads. "default" is n8n's word for "in memory".
process.env.N8N_DEFAULT_BINARY_DATA_MODE = 'default';
