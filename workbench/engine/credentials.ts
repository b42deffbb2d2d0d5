import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IHttpRequestOptions,
	INode,
	INodeProperties,
	Workflow,
} from 'n8n-workflow';
import { ICredentialsHelper } from 'n8n-workflow';
import { credentialTypes } from './nodeTypes';

/** Values of credentials, by type. */
export type CredentialValues = Readonly<Record<string, ICredentialDataDecryptedObject>>;

/** Adds authentication to a request as n8n does, with expressions resolved. */
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
		if (typeof authenticate === 'function') return await authenticate(credentials, requestOptions);
		if (authenticate === undefined || workflow === undefined) {
			throw new Error(`The credential type ${typeName} has no generic authentication`);
		}
		const resolve = (values: IDataObject = {}) =>
			Object.entries(values).map(([name, value]) => [
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
		const { headers, qs } = authenticate.properties;
		const added = Object.fromEntries(resolve(headers)) as Record<string, string>;
		const query = Object.fromEntries(resolve(qs)) as Record<string, string>;
		return {
			...requestOptions,
			headers: { ...requestOptions.headers, ...added },
			...(qs && { qs: { ...requestOptions.qs, ...query } }),
		};
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
