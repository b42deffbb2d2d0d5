export type { Fault, FaultKind, PendingFault, RouteName } from './fault';
export { addFault, faultKinds, routeNames, spoiltCount } from './fault';
export { interceptFaults } from './intercept';
