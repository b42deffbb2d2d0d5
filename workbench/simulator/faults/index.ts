export type { Fault, FaultKind, RouteName } from './fault';
export { faultKinds } from './fault';
export { interceptFaults } from './intercept';
export { addFault, spoiltCount } from './pending';
