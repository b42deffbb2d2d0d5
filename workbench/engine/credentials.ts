import type {
	ICredentialDataDecryptedObject,
	IHttpRequestOptions,
	INode,
	INodeProperties,
	Workflow,
} from 'n8n-workflow';
import { ICredentialsHelper } from 'n8n-workflow';
import { credentialTypes } from './nodeTypes';

/** Credentials by type, as the user filled them in. */
export type CredentialValues = Readonly<Record<string, ICredentialDataDecryptedObject>>;

/** n8n's part in authentication: adds the headers of the credential type, expressions resolved. */
export class WorkbenchCredentials extends ICredentialsHelper {
	constructor(private readonly values: CredentialValues) {
		super();
	}

	getParentTypes() {
		return [];
	}

	isCredentialUsableByNode() {
		return true;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		requestOptions: IHttpRequestOptions,
		workflow?: Workflow,
		node?: INode,
	): Promise<IHttpRequestOptions> {
		const authenticate = credentialTypes.get(typeName)?.authenticate;
		if (
			authenticate === undefined ||
			typeof authenticate === 'function' ||
			workflow === undefined
		) {
			throw new Error(`The credential type ${typeName} has no generic authentication`);
		}
		const headers = Object.entries(authenticate.properties.headers ?? {}).map(([name, value]) => [
			name,
			String(
				workflow.expression.getSimpleParameterValue(
					node as INode,
					value as string,
					'internal',
					{ $credentials: credentials },
					undefined,
					'',
				),
			),
		]);
		const added = Object.fromEntries(headers) as Record<string, string>;
		return { ...requestOptions, headers: { ...requestOptions.headers, ...added } };
	}

	async preAuthentication() {
		return undefined;
	}

	async runPreAuthentication() {
		return undefined;
	}

	async getCredentials(): Promise<never> {
		throw new Error('Credentials are only read decrypted here');
	}

	async getDecrypted(_additionalData: unknown, _details: unknown, type: string) {
		const values = this.values[type];
		if (values === undefined) throw new Error(`There is no credential of type ${type}`);
		return { ...values };
	}

	async updateCredentials() {}

	async updateCredentialsOauthTokenData() {}

	getCredentialsProperties(type: string): INodeProperties[] {
		return credentialTypes.get(type)?.properties ?? [];
	}
}
