throw new Error('this file fails');
